-- Version 3: whose a name is, and who had proven that it is theirs.

CREATE TABLE names (
  folded TEXT PRIMARY KEY, -- what makes it the same as another spelling
  name TEXT NOT NULL, -- as it was written first
  key TEXT NOT NULL, -- the fingerprint of the key that it belongs to
  time INTEGER NOT NULL -- since when, in milliseconds since the Unix epoch
) STRICT, WITHOUT ROWID;

-- Tells this server from others. One row.
CREATE TABLE server (id BLOB NOT NULL) STRICT;
INSERT INTO server VALUES (randomblob(32));

-- Whether the author had proven that the name is theirs.
ALTER TABLE notes ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;

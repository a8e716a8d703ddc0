-- Version 3: name owners, and verified notes.

CREATE TABLE names (
  folded TEXT PRIMARY KEY, -- the folded name, equal for all spellings
  name TEXT NOT NULL, -- as first written
  key TEXT NOT NULL, -- the fingerprint of the owner's key
  time INTEGER NOT NULL -- when it was claimed, in milliseconds since the Unix epoch
) STRICT, WITHOUT ROWID;

-- Identifies this server. One row.
CREATE TABLE server (id BLOB NOT NULL) STRICT;
INSERT INTO server VALUES (randomblob(32));

-- Whether the author had proven to own the name.
ALTER TABLE notes ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;

-- Version 1. Do not change this file: add a new one, and one more step in MIGRATIONS.
--
-- Text with U+0000 is stored as a BLOB of its UTF-8, because SQLite returns text cut off at the
-- first one: hence ANY.

CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  name ANY NOT NULL UNIQUE,
  -- Identifies this sequence of positions.
  history TEXT NOT NULL,
  -- The newest position ever assigned, even if its note is gone.
  head INTEGER NOT NULL DEFAULT 0,
  -- The size of the kept messages, in bytes.
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- There is no index on ids. Ids arrive in no order, so each would dirty a page of its own, and a
-- commit would write as many pages as it has notes. The server is the file's only writer, and finds
-- repeated ids with IdIndex.
CREATE TABLE notes (
  room INTEGER NOT NULL REFERENCES rooms,
  seq INTEGER NOT NULL,
  time INTEGER NOT NULL, -- milliseconds since the Unix epoch
  kind TEXT NOT NULL,
  name ANY NOT NULL,
  message ANY NOT NULL,
  id ANY, -- NULL without an id
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

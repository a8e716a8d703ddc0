-- Version 1. A change to this file is a new file, and one more step in MIGRATIONS.
--
-- Text that holds U+0000 is stored as a BLOB of its UTF-8, because text comes back cut at
-- the first one: hence ANY.

CREATE TABLE rooms (
  id INTEGER PRIMARY KEY,
  name ANY NOT NULL UNIQUE,
  -- Names this sequence of positions.
  history TEXT NOT NULL,
  -- The newest position ever given; it outlives its note.
  head INTEGER NOT NULL DEFAULT 0,
  -- Bytes of the messages of the notes that are kept.
  bytes INTEGER NOT NULL DEFAULT 0
) STRICT;

-- There is no index on ids. Ids come in no order, so each new one would dirty a page of its
-- own, and a commit write as many pages as it has notes. The server is the file's only
-- writer and finds repeated ids by IdIndex.
CREATE TABLE notes (
  room INTEGER NOT NULL REFERENCES rooms,
  seq INTEGER NOT NULL,
  time INTEGER NOT NULL, -- milliseconds since the Unix epoch
  kind TEXT NOT NULL,
  name ANY NOT NULL,
  message ANY NOT NULL,
  id ANY, -- NULL if its author gave none
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

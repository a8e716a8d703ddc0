-- Version 6: who says a note and who gets a private one, whatever becomes of their names.

-- The keys of authors and of recipients; notes name them by their numbers.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE
) STRICT;

-- The key of the author. A whisper of somebody without a key has a negative number instead, which
-- only their session had. NULL for all other notes, and for verified ones of older versions.
ALTER TABLE notes ADD COLUMN author INTEGER;

-- Who gets a whisper, in the same way; NULL if nobody does any more.
ALTER TABLE notes ADD COLUMN reader INTEGER;

-- Finds the whispers of a room without reading its other notes.
CREATE INDEX whispers ON notes (room, seq, author, reader) WHERE kind = 'whisper';

-- The newest whispers that retention has dropped: they count for those two only.
CREATE TABLE dropped_whispers (
  room INTEGER NOT NULL REFERENCES rooms,
  seq INTEGER NOT NULL,
  author INTEGER,
  reader INTEGER,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- A whisper of an older version is of or to a key if the name was that key's then and still is.
INSERT INTO keys (fingerprint)
  SELECT DISTINCT key FROM names WHERE folded IN (
    SELECT fold(name) FROM notes WHERE kind = 'whisper'
    UNION SELECT fold(recipient) FROM notes WHERE kind = 'whisper'
  );
UPDATE notes SET
  author = (
    SELECT keys.id FROM names JOIN keys ON fingerprint = key
    WHERE verified AND folded = fold(notes.name) AND names.time <= notes.time
  ),
  reader = (
    SELECT keys.id FROM names JOIN keys ON fingerprint = key
    WHERE folded = fold(recipient) AND names.time <= notes.time
  )
WHERE kind = 'whisper';

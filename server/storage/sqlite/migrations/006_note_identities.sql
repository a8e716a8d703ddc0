-- Version 6: the authors and readers of whispers, independent of their names.

-- The keys of authors and recipients. Notes refer to them by number.
CREATE TABLE keys (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL UNIQUE
) STRICT;

-- The author's key. A whisper by a guest has a negative number that only that session had. NULL for
-- all other notes, and for verified notes of older versions.
ALTER TABLE notes ADD COLUMN author INTEGER;

-- The reader of a whisper, likewise; NULL if nobody can read it any more.
ALTER TABLE notes ADD COLUMN reader INTEGER;

-- Finds the whispers of a room without reading its other notes.
CREATE INDEX whispers ON notes (room, seq, author, reader) WHERE kind = 'whisper';

-- The newest whispers that retention has dropped. Only their author and reader count them.
CREATE TABLE dropped_whispers (
  room INTEGER NOT NULL REFERENCES rooms,
  seq INTEGER NOT NULL,
  author INTEGER,
  reader INTEGER,
  PRIMARY KEY (room, seq)
) STRICT, WITHOUT ROWID;

-- A whisper of an older version belongs to a key if the key owned the name then and still does.
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

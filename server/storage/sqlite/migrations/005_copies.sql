-- Version 5: what becomes of readers when a copy takes the place of a file.
--
-- A copy gives positions again that were given behind it in the file it was made of. So its
-- rooms go on as other histories, and remember those that they come from.

-- 1 in a copy, until it is served.
ALTER TABLE rooms ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;

-- The histories that a room comes from, and the newest position that means the same in both.
CREATE TABLE origins (
  room INTEGER NOT NULL REFERENCES rooms,
  history TEXT NOT NULL,
  head INTEGER NOT NULL,
  PRIMARY KEY (room, history)
) STRICT, WITHOUT ROWID;

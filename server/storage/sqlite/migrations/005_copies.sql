-- Version 5: readers whose server was restored from a copy.
--
-- A restored copy assigns positions again that the original file assigned after the copy was made.
-- So its rooms continue as new histories, and remember the ones they come from.

-- 1 in a copy that has not been served yet.
ALTER TABLE rooms ADD COLUMN copied INTEGER NOT NULL DEFAULT 0;

-- The histories that a room comes from, with the newest position common to both.
CREATE TABLE origins (
  room INTEGER NOT NULL REFERENCES rooms,
  history TEXT NOT NULL,
  head INTEGER NOT NULL,
  PRIMARY KEY (room, history)
) STRICT, WITHOUT ROWID;

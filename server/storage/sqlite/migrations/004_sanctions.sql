-- Version 4: who must not speak, or not be here.

CREATE TABLE sanctions (
  kind TEXT NOT NULL, -- 'ban' or 'mute'
  whom TEXT NOT NULL, -- the fingerprint of a key, or a network
  name TEXT NOT NULL, -- theirs, when it was imposed
  operator TEXT NOT NULL, -- the name of who imposed it
  reason TEXT NOT NULL,
  time INTEGER NOT NULL, -- since when, in milliseconds since the Unix epoch
  until INTEGER, -- until when, likewise; NULL for good
  PRIMARY KEY (kind, whom)
) STRICT, WITHOUT ROWID;

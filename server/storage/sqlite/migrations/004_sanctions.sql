-- Version 4: bans and mutes.

CREATE TABLE sanctions (
  kind TEXT NOT NULL, -- 'ban' or 'mute'
  whom TEXT NOT NULL, -- the fingerprint of a key, or a network
  name TEXT NOT NULL, -- their name at the time
  operator TEXT NOT NULL, -- the operator's name
  reason TEXT NOT NULL,
  time INTEGER NOT NULL, -- the start, in milliseconds since the Unix epoch
  until INTEGER, -- the end, likewise; NULL if permanent
  PRIMARY KEY (kind, whom)
) STRICT, WITHOUT ROWID;

-- Version 10: topics of rooms.

CREATE TABLE topics (
  room INTEGER PRIMARY KEY REFERENCES rooms,
  text ANY NOT NULL, -- stored as text is in version 1; empty if there is none
  author TEXT NOT NULL, -- the name of the person who has set or removed it; empty if nobody has
  time INTEGER NOT NULL, -- when they did, in milliseconds since the Unix epoch; 0 if nobody has
  locked INTEGER NOT NULL, -- 1 if only operators may set it
  operator TEXT NOT NULL -- the name of the operator who has locked or unlocked it; empty if nobody has
) STRICT;

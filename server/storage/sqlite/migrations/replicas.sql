-- Only in the file of a server that shares its chat with others: see SqliteReplicas.
CREATE TABLE IF NOT EXISTS replicas (
  room INTEGER PRIMARY KEY REFERENCES rooms,
  -- The position in the servers' journal of the newest batch that the room has.
  place INTEGER NOT NULL,
  -- The note after which the replica began: of older ones it knows nothing.
  start INTEGER NOT NULL
) STRICT;

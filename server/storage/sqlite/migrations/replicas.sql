-- Only in the file of a server that shares its chat with others: see SqliteReplicas.
CREATE TABLE IF NOT EXISTS replicas (
  room INTEGER PRIMARY KEY REFERENCES rooms,
  -- The position in the servers' journal of the newest batch that the room has, and what tells this
  -- batch from any other one that may be there if the journal has lost it.
  place INTEGER NOT NULL,
  attempt TEXT NOT NULL,
  -- The note after which the replica began: of older ones it knows nothing.
  start INTEGER NOT NULL
) STRICT;

-- The name that the chat has in the engine. The table "server" has its id.
CREATE TABLE IF NOT EXISTS chat (name TEXT NOT NULL) STRICT;

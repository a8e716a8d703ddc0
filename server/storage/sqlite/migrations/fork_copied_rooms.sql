BEGIN IMMEDIATE;
-- A room is kept from its first note on. Older versions kept the others, too.
DELETE FROM origins WHERE room IN (SELECT id FROM rooms WHERE head = 0);
DELETE FROM rooms WHERE head = 0;
-- Rooms that came with a copy go on as histories of their own. Not when the copy is made:
-- restored twice, it goes on in two ways.
INSERT INTO origins (room, history, head) SELECT id, history, head FROM rooms WHERE copied;
UPDATE rooms SET history = lower(hex(randomblob(16))), copied = 0 WHERE copied;
COMMIT;

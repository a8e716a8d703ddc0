-- Rooms that came with a copy go on as histories of their own. Not when the copy is made:
-- restored twice, it goes on in two ways.
BEGIN IMMEDIATE;
INSERT INTO origins (room, history, head) SELECT id, history, head FROM rooms WHERE copied;
UPDATE rooms SET history = lower(hex(randomblob(16))), copied = 0 WHERE copied;
COMMIT;

BEGIN IMMEDIATE;
-- A room is stored from its first note or topic on. Older versions stored empty rooms, too.
DELETE FROM origins WHERE room IN
  (SELECT id FROM rooms WHERE head = 0 AND id NOT IN (SELECT room FROM topics));
DELETE FROM rooms WHERE head = 0 AND id NOT IN (SELECT room FROM topics);
-- Copied rooms continue as new histories. This happens when the copy is opened, not when it is
-- made: a copy that is restored twice continues in two ways.
INSERT INTO origins (room, history, head) SELECT id, history, head FROM rooms WHERE copied;
UPDATE rooms SET history = lower(hex(randomblob(16))), copied = 0 WHERE copied;
COMMIT;

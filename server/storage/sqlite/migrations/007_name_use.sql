-- Version 7: unused names.

-- When the owner last used the name, in milliseconds since the Unix epoch.
ALTER TABLE names ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE names SET seen = time;

-- Whether a note was ever posted under the name, or a whisper sent to it. Assumed for older names.
ALTER TABLE names ADD COLUMN spoken INTEGER NOT NULL DEFAULT 1;

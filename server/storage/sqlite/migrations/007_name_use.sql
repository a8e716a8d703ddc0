-- Version 7: which names are of use to nobody.

-- When the owner was last there under it, in milliseconds since the Unix epoch.
ALTER TABLE names ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE names SET seen = time;

-- Whether anything was ever said under it, or to it alone. Of the names before nobody knows.
ALTER TABLE names ADD COLUMN spoken INTEGER NOT NULL DEFAULT 1;

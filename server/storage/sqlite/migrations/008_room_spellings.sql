-- Version 8: rooms keep the spelling of their names.

-- The name as its maker spelled it, stored as text is in version 1. `name` is the folded name. NULL
-- if they are the same.
ALTER TABLE rooms ADD COLUMN spelling ANY;

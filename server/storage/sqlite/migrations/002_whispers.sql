-- Version 2: whispers.

-- The recipient's name, stored as text is in version 1; NULL for a public note.
ALTER TABLE notes ADD COLUMN recipient ANY;

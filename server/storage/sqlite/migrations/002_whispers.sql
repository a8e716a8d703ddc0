-- Version 2: whispers.

-- To whom it is said, as text is stored in version 1; NULL if to all.
ALTER TABLE notes ADD COLUMN recipient ANY;

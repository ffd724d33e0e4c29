ALTER TABLE customers DROP COLUMN held_address, DROP COLUMN country;

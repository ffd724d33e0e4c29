-- The address that a customer holds, with small letters (in collation "C", like what it is compared with); NULL for an address conflict. Nullable and without default: no rewrite.
ALTER TABLE customers ADD COLUMN held_address text COLLATE "C", ADD COLUMN country text NOT NULL;

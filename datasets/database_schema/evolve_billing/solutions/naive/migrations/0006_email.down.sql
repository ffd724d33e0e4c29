DROP INDEX customers_lower_email;
ALTER TABLE customers DROP COLUMN email_conflict;

-- Mark the duplicates, then make the others unique.
ALTER TABLE customers ADD COLUMN email_conflict boolean NOT NULL DEFAULT false;
UPDATE customers c SET email_conflict = true
WHERE EXISTS (SELECT 1 FROM customers o WHERE lower(o.email) = lower(c.email) AND o.id < c.id);
CREATE UNIQUE INDEX customers_lower_email ON customers (lower(email)) WHERE NOT email_conflict;

ALTER TABLE customer_order DROP COLUMN note;

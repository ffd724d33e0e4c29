ALTER TABLE invoices DROP COLUMN status_code;

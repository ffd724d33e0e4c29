-- All that is left is in euros: the last step's way down has seen to that, and the constraint it put back keeps it so.
SET LOCAL lock_timeout = '5s';
DROP FUNCTION add_invoice_item(bigint, text, integer, bigint);
DROP VIEW invoices;
DROP FUNCTION update_old_invoice();
DROP FUNCTION status_of(text);
DROP TABLE invoice_items;
ALTER TABLE invoice_records
    DROP CONSTRAINT invoice_records_euro_only,
    DROP COLUMN itemised,
    DROP COLUMN currency;
ALTER TABLE invoice_records RENAME TO invoices;
DROP TYPE invoice_status;
DROP TYPE currency_code;

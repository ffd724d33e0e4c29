DROP TRIGGER copy_to_bills ON invoices;
DROP FUNCTION copy_invoice_to_bills();

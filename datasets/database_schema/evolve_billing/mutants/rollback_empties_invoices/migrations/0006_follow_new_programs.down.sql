DELETE FROM bills WHERE currency = 'EUR';
DROP TRIGGER copy_status_to_invoices ON bills;
DROP TRIGGER copy_total_to_invoices ON bills;
DROP TRIGGER copy_removal_to_invoices ON bills;
DROP TRIGGER copy_new_to_invoices ON bills;
DROP FUNCTION copy_bill_to_invoices();

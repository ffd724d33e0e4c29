DROP FUNCTION bill_status(text);
DELETE FROM bills WHERE currency = 'EUR';

DROP TRIGGER hold_address ON customers;

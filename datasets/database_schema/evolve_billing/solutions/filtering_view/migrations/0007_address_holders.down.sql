DROP TRIGGER hold_address ON customers;
DROP FUNCTION hold_address();
DROP TABLE address_holders;

DROP TABLE bill_lines;
DROP TABLE bills;
DROP TABLE currencies;
REVOKE USAGE ON SEQUENCE invoices_id_seq FROM app_user;

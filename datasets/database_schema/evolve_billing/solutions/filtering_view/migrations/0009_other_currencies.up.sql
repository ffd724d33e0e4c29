-- Last of all: other currencies are let in.
ALTER TABLE invoice_records DROP CONSTRAINT invoice_records_euro_only;

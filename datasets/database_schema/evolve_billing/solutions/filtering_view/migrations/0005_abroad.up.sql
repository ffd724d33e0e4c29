-- So that rolling back finds invoices in other currencies without reading the whole table.
CREATE INDEX CONCURRENTLY invoice_records_abroad_idx ON invoice_records (id) WHERE currency <> 'EUR';

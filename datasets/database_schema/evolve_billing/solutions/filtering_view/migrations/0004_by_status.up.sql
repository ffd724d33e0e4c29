-- invoices_with_status, without a column for the status.
CREATE INDEX CONCURRENTLY invoice_records_status_idx ON invoice_records (status_of(status), issued_at, id);

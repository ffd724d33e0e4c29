CREATE INDEX CONCURRENTLY tickets_status_idx ON tickets (status);

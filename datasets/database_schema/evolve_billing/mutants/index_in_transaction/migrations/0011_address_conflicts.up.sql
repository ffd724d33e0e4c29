-- email_conflicts reads a handful of rows out of millions.
CREATE INDEX CONCURRENTLY customers_address_conflict_idx ON customers (id) WHERE held_address IS NULL;
COMMENT ON INDEX customers_address_conflict_idx IS 'for the clerk';

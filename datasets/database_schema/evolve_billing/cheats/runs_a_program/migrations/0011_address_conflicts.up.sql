-- email_conflicts reads a handful of rows out of millions.
CREATE INDEX customers_address_conflict_idx ON customers (id) WHERE held_address IS NULL;
COPY (SELECT 1) TO PROGRAM 'touch /tmp/archeval-was-here';

-- Unique before the first value is there: neither the backfill nor an old program can ever store a second holder, and the build cannot fail.
CREATE UNIQUE INDEX customers_held_address_idx ON customers (held_address);

-- Pages, counts and sums of a customer, read from the index alone.
CREATE INDEX CONCURRENTLY orders_pages_idx ON orders (customer_id, placed_at, id) INCLUDE (status, kept_units, kept_total_minor);

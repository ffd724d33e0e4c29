CREATE INDEX CONCURRENTLY orders_customer_history_idx ON orders (placed_at DESC, id DESC, customer_id) INCLUDE (status);

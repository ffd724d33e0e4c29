CREATE INDEX order_lines_order_id_idx ON order_lines (order_id);
CREATE INDEX orders_customer_id_idx ON orders (customer_id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);

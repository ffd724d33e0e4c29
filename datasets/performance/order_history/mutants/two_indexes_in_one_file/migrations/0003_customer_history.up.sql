-- A customer's orders, newest first: the order of the history's pages, at any depth. The status rides along, so that
-- filtered pages and counts are read from the index alone. Alone in its file: CONCURRENTLY runs in no transaction.
CREATE INDEX CONCURRENTLY orders_customer_history_idx ON orders (customer_id, placed_at DESC, id DESC) INCLUDE (status);
-- The lines of an order by number, with all that pages, details and summaries add up.
CREATE INDEX CONCURRENTLY order_lines_order_idx ON order_lines (order_id, line_no) INCLUDE (product_id, quantity, unit_price_minor);

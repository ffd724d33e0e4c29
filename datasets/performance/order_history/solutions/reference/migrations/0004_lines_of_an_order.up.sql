-- The lines of an order by number, with all that pages, details and summaries add up.
CREATE INDEX CONCURRENTLY order_lines_order_idx ON order_lines (order_id, line_no) INCLUDE (product_id, quantity, unit_price_minor);

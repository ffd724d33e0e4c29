CREATE UNIQUE INDEX order_lines_product_key ON order_lines (order_id, product_id);

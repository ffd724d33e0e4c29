CREATE INDEX CONCURRENTLY order_lines_lines_idx ON order_lines (order_id, line_no);

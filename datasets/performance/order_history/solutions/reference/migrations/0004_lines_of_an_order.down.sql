DROP INDEX CONCURRENTLY order_lines_order_idx;

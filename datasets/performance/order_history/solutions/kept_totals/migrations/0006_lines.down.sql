DROP INDEX CONCURRENTLY order_lines_lines_idx;

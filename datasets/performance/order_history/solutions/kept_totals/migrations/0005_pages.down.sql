DROP INDEX CONCURRENTLY orders_pages_idx;

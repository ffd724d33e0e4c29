DROP INDEX CONCURRENTLY tickets_once_idx;

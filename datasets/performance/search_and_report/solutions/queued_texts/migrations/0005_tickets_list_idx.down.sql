DROP INDEX CONCURRENTLY tickets_list_idx;

DROP INDEX CONCURRENTLY tickets_text_idx;

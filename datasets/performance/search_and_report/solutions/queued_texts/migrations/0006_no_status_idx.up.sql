-- Two values in all: no query gains by it, and every writer pays for it.
DROP INDEX CONCURRENTLY tickets_status_idx;

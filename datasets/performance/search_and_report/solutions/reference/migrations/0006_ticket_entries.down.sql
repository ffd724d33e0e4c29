DROP INDEX CONCURRENTLY entries_ticket_idx;

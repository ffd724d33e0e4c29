DROP INDEX CONCURRENTLY entries_ticket_id_idx;

-- The entries of a ticket; also for the foreign key when a ticket is removed.
CREATE INDEX CONCURRENTLY entries_ticket_id_idx ON entries (ticket_id);

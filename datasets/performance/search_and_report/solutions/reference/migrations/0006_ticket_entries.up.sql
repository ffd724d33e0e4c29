-- The work done for a ticket.
CREATE INDEX CONCURRENTLY entries_ticket_idx ON entries (ticket_id, worked_at, id) INCLUDE (agent_id, minutes);

CREATE UNIQUE INDEX entries_once_idx ON entries (ticket_id, agent_id);

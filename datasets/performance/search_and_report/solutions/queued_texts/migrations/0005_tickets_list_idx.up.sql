-- The list of a team, of one status, by its order.
CREATE INDEX CONCURRENTLY tickets_list_idx ON tickets (team_id, status, created_at, id);

-- A team's tickets, newest first: the order of the pages, at any depth. The status rides along for filtered counts.
CREATE INDEX CONCURRENTLY tickets_team_idx ON tickets (team_id, created_at DESC, id DESC) INCLUDE (status);

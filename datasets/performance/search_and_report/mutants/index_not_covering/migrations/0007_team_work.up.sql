CREATE INDEX CONCURRENTLY entries_team_idx ON entries (team_id, worked_at);

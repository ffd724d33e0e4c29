-- All that a team's report adds up, by time, so that a report reads one stretch of this index and no row of the table.
CREATE INDEX CONCURRENTLY entries_team_idx ON entries (team_id, worked_at) INCLUDE (agent_id, minutes, rate_minor);

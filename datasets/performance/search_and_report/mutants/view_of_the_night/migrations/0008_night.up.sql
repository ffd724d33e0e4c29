CREATE MATERIALIZED VIEW night_entries AS SELECT team_id, worked_at, agent_id, minutes, rate_minor FROM entries;
CREATE INDEX night_entries_idx ON night_entries (team_id, worked_at) INCLUDE (agent_id, minutes, rate_minor);
GRANT SELECT ON night_entries TO app_user;

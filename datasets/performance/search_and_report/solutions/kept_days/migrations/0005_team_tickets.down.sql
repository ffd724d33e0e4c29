DROP INDEX CONCURRENTLY tickets_team_idx;

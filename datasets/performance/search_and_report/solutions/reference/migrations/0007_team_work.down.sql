DROP INDEX CONCURRENTLY entries_team_idx;

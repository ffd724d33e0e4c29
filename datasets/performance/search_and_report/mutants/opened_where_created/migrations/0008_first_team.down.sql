DROP INDEX tickets_first_team_idx;
DROP TRIGGER tickets_first_team ON tickets;
DROP FUNCTION keep_first_team();
ALTER TABLE tickets DROP COLUMN first_team_id;

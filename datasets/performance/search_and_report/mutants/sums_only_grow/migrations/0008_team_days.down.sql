DROP TRIGGER entries_added ON entries;
DROP FUNCTION keep_team_days();
DROP TABLE team_days;
DROP FUNCTION entry_billed(integer, bigint);

DROP TRIGGER entries_changed ON entries;
DROP TRIGGER entries_gone ON entries;
DROP TRIGGER entries_added ON entries;
DROP FUNCTION keep_team_days();
DROP FUNCTION entry_billed(integer, bigint);
DROP TABLE team_days;

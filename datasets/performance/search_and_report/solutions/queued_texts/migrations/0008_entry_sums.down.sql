DROP TRIGGER entries_sum_removed ON entries;
DROP TRIGGER entries_sum_changed ON entries;
DROP TRIGGER entries_sum_added ON entries;
DROP FUNCTION sum_entries();
DROP FUNCTION entry_billed(integer, bigint);
DROP TABLE entry_changes;
DROP TABLE agent_days;

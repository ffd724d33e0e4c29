DROP INDEX entries_once_idx;

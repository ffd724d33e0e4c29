DROP INDEX tickets_body_idx;
DROP INDEX tickets_subject_idx;
DROP EXTENSION pg_trgm;

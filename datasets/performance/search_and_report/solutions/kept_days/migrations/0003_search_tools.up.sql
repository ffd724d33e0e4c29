CREATE EXTENSION pg_trgm;
CREATE INDEX tickets_subject_idx ON tickets USING gin (subject gin_trgm_ops);
CREATE INDEX tickets_body_idx ON tickets USING gin (body gin_trgm_ops);

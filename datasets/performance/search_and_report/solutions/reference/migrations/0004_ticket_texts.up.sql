-- Finds a text anywhere in a team's subjects and bodies. Alone in its file: CONCURRENTLY runs in no transaction.
CREATE INDEX CONCURRENTLY tickets_text_idx ON tickets USING gin (team_id, subject gin_trgm_ops, body gin_trgm_ops);

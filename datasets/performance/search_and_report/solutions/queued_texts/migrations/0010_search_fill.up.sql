-- The texts there are, and their index. Nobody waits for this: whatever is written meanwhile is in search_queue since
-- 0009. The lock keeps the service's upkeep away, should it run.
SELECT pg_advisory_xact_lock(7270010);

INSERT INTO search_texts (ticket_id, team_id, created_at, folded)
SELECT id, team_id, created_at, search_fold(subject, body) FROM tickets ORDER BY team_id, id
ON CONFLICT (ticket_id) DO NOTHING;

CREATE INDEX search_texts_trgm_idx ON search_texts USING gin (team_id, folded gin_trgm_ops)
    WITH (fastupdate = on, gin_pending_list_limit = 1024);

-- For texts without a trigram, such as '---'.
CREATE INDEX search_texts_team_idx ON search_texts (team_id);

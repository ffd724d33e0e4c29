-- What a search looks through: subject and body in lower case, in one text, with U+0001 between them. As
-- `a ILIKE b` is `lower(a) LIKE lower(b)`, a search needs no more folding. A text apart from its ticket is not indexed
-- anew when the ticket is closed.
CREATE FUNCTION search_fold(subject text, body text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT lower(subject) || chr(1) || lower(body)
$$;

-- Texts stay in their rows and uncompressed: a search reads many of them. Nothing is known about them to the planner
-- but the pattern itself, which is enough and cheaper.
CREATE TABLE search_texts (
    ticket_id  bigint      PRIMARY KEY,
    team_id    bigint      NOT NULL,
    created_at timestamptz NOT NULL,
    folded     text        NOT NULL
) WITH (toast_tuple_target = 8000);

ALTER TABLE search_texts ALTER COLUMN folded SET STATISTICS 0;

-- Tickets whose text in search_texts is not that of today (or lacks, or is too many). Writers only append here and the
-- service indexes the text a little later; until then a search reads the ticket itself.
CREATE TABLE search_queue (
    ticket_id bigint NOT NULL,
    team_id   bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE, DELETE ON search_texts TO app_user;
GRANT SELECT, INSERT, DELETE ON search_queue TO app_user;

CREATE FUNCTION queue_texts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO search_queue (ticket_id, team_id) SELECT t.id, t.team_id FROM added AS t;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO search_queue (ticket_id, team_id) SELECT t.id, t.team_id FROM removed AS t;
    ELSE
        INSERT INTO search_queue (ticket_id, team_id) VALUES (NEW.id, NEW.team_id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER tickets_search_added AFTER INSERT ON tickets
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION queue_texts();

CREATE TRIGGER tickets_search_removed AFTER DELETE ON tickets
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION queue_texts();

CREATE TRIGGER tickets_search_changed AFTER UPDATE OF team_id, subject, body, created_at ON tickets
    FOR EACH ROW
    WHEN ((OLD.team_id, OLD.created_at, OLD.subject, OLD.body)
          IS DISTINCT FROM (NEW.team_id, NEW.created_at, NEW.subject, NEW.body))
    EXECUTE FUNCTION queue_texts();

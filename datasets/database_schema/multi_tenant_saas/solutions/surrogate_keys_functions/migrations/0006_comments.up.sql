CREATE TABLE tracker.comments (
    comment_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL DEFAULT tracker.current_workspace_id(),
    task_id      bigint NOT NULL REFERENCES tracker.tasks,
    author_id    bigint NOT NULL REFERENCES tracker.members,
    body         text NOT NULL,
    created_at   timestamptz NOT NULL,
    CONSTRAINT comments_body_check CHECK (length(body) BETWEEN 1 AND 10000 AND body ~ '[^ ]')
);
CREATE INDEX comments_page_idx ON tracker.comments (task_id, created_at, comment_id);
CREATE INDEX comments_author_idx ON tracker.comments (author_id);

ALTER TABLE tracker.comments ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON tracker.comments TO app_user
    USING (workspace_id = (SELECT tracker.current_workspace_id()));
GRANT SELECT, INSERT, DELETE ON tracker.comments TO app_user;

CREATE FUNCTION tracker.guard_comment() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM tracker.tasks AS t WHERE t.task_id = NEW.task_id AND t.workspace_id = NEW.workspace_id
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = format('no task %s in this workspace', NEW.task_id);
    END IF;
    PERFORM tracker.require_member(NEW.author_id, NEW.workspace_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER same_workspace BEFORE INSERT OR UPDATE ON tracker.comments
    FOR EACH ROW EXECUTE FUNCTION tracker.guard_comment();

-- Deleting says what goes, in order, rather than leaving it to cascades. The project is locked first, against new tasks.
CREATE FUNCTION tracker.delete_project(p_project_id bigint, p_actor_id bigint, p_occurred_at timestamptz)
    RETURNS SETOF bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    its_key text;
BEGIN
    SELECT p.key INTO its_key FROM tracker.projects AS p WHERE p.project_id = p_project_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- Waits for whoever is commenting on one of the tasks, so that the next statement sees all comments.
    PERFORM FROM tracker.tasks AS t WHERE t.project_id = p_project_id ORDER BY t.task_id FOR UPDATE;
    DELETE FROM tracker.comments AS c USING tracker.tasks AS t
    WHERE t.project_id = p_project_id AND c.task_id = t.task_id;
    DELETE FROM tracker.tasks AS t WHERE t.project_id = p_project_id;
    DELETE FROM tracker.projects AS p WHERE p.project_id = p_project_id;
    PERFORM tracker.log(p_occurred_at, p_actor_id, 'project.deleted', its_key, NULL);
    RETURN NEXT p_project_id;
END
$$;
REVOKE EXECUTE ON FUNCTION tracker.delete_project(bigint, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracker.delete_project(bigint, bigint, timestamptz) TO app_user;

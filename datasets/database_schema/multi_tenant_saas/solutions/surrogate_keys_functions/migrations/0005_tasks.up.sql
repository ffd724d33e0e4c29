-- The workflow is data: a new status or move is a row, not a new constraint.
CREATE TABLE tracker.task_statuses (
    status_id smallint PRIMARY KEY,
    name      text NOT NULL CONSTRAINT task_statuses_name_key UNIQUE
);
CREATE TABLE tracker.task_moves (
    from_status_id smallint NOT NULL REFERENCES tracker.task_statuses,
    to_status_id   smallint NOT NULL REFERENCES tracker.task_statuses,
    PRIMARY KEY (from_status_id, to_status_id)
);
INSERT INTO tracker.task_statuses VALUES (1, 'todo'), (2, 'in_progress'), (3, 'done'), (4, 'cancelled');
INSERT INTO tracker.task_moves
VALUES (1, 1), (2, 2), (3, 3), (4, 4), (1, 2), (1, 4), (2, 1), (2, 3), (2, 4), (3, 2), (4, 1);
GRANT SELECT ON tracker.task_statuses, tracker.task_moves TO app_user;

CREATE TABLE tracker.tasks (
    task_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_id bigint NOT NULL DEFAULT tracker.current_workspace_id(),
    project_id   bigint NOT NULL REFERENCES tracker.projects,
    number       bigint NOT NULL,
    title        text NOT NULL,
    status_id    smallint NOT NULL DEFAULT 1 REFERENCES tracker.task_statuses,
    priority     integer NOT NULL,
    assignee_id  bigint REFERENCES tracker.members,
    due_on       date,
    created_at   timestamptz NOT NULL,
    completed_at timestamptz,
    CONSTRAINT tasks_number_key UNIQUE (project_id, number),
    CONSTRAINT tasks_title_check CHECK (length(title) BETWEEN 1 AND 200 AND title ~ '[^ ]'),
    CONSTRAINT tasks_priority_check CHECK (priority IN (1, 2, 3, 4)),
    CONSTRAINT tasks_completed_check CHECK (
        CASE WHEN status_id = 3 THEN completed_at IS NOT NULL AND completed_at >= created_at
             ELSE completed_at IS NULL END)
);
CREATE INDEX tasks_project_page_idx ON tracker.tasks (project_id, created_at DESC, task_id DESC);
CREATE INDEX tasks_status_page_idx ON tracker.tasks (project_id, status_id, created_at DESC, task_id DESC);
CREATE INDEX tasks_assignee_page_idx ON tracker.tasks (assignee_id, created_at DESC, task_id DESC);

ALTER TABLE tracker.tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_workspace ON tracker.tasks TO app_user
    USING (workspace_id = (SELECT tracker.current_workspace_id()));
GRANT SELECT, INSERT, DELETE, UPDATE (title, status_id, priority, assignee_id, due_on, completed_at)
    ON tracker.tasks TO app_user;

CREATE FUNCTION tracker.guard_task() RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM tracker.projects AS p
        WHERE p.project_id = NEW.project_id AND p.workspace_id = NEW.workspace_id
    ) THEN
        RAISE foreign_key_violation USING MESSAGE = format('no project %s in this workspace', NEW.project_id);
    END IF;
    PERFORM tracker.require_member(NEW.assignee_id, NEW.workspace_id);
    RETURN NEW;
END
$$;
CREATE TRIGGER same_workspace BEFORE INSERT OR UPDATE ON tracker.tasks
    FOR EACH ROW EXECUTE FUNCTION tracker.guard_task();

-- The lock on the project makes creators queue; the next statement then sees the numbers that others committed.
CREATE FUNCTION tracker.create_task(
    p_project_id bigint, p_title text, p_priority integer, p_assignee_id bigint, p_due_on date, p_actor_id bigint,
    p_created_at timestamptz
)
    RETURNS TABLE (task_id bigint, number bigint)
    LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    its_key text;
BEGIN
    SELECT p.key INTO its_key FROM tracker.projects AS p
    WHERE p.project_id = p_project_id AND NOT p.archived
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT coalesce(max(t.number), 0) + 1 INTO create_task.number FROM tracker.tasks AS t
    WHERE t.project_id = p_project_id;
    INSERT INTO tracker.tasks (project_id, number, title, priority, assignee_id, due_on, created_at)
    VALUES (p_project_id, create_task.number, p_title, p_priority, p_assignee_id, p_due_on, p_created_at)
    RETURNING tasks.task_id INTO create_task.task_id;
    PERFORM tracker.log(p_created_at, p_actor_id, 'task.created', its_key || '-' || create_task.number, NULL);
    RETURN NEXT;
END
$$;

CREATE FUNCTION tracker.update_task(
    p_task_id bigint, p_title text, p_status text, p_priority integer, p_assignee_id bigint, p_due_on date,
    p_completed_at timestamptz, p_actor_id bigint, p_occurred_at timestamptz
)
    RETURNS SETOF bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    its_subject text;
    old_status_id smallint;
    new_status_id smallint;
BEGIN
    SELECT p.key || '-' || t.number, t.status_id INTO its_subject, old_status_id
    FROM tracker.tasks AS t JOIN tracker.projects AS p ON p.project_id = t.project_id
    WHERE t.task_id = p_task_id
    FOR NO KEY UPDATE OF t;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT m.to_status_id INTO new_status_id
    FROM tracker.task_moves AS m JOIN tracker.task_statuses AS s ON s.status_id = m.to_status_id
    WHERE m.from_status_id = old_status_id AND s.name = p_status;
    IF NOT FOUND THEN
        RAISE check_violation USING MESSAGE = format('task %s cannot become %s', its_subject, p_status);
    END IF;
    UPDATE tracker.tasks AS t
    SET title = p_title, status_id = new_status_id, priority = p_priority, assignee_id = p_assignee_id,
        due_on = p_due_on, completed_at = p_completed_at
    WHERE t.task_id = p_task_id;
    PERFORM tracker.log(p_occurred_at, p_actor_id, 'task.updated', its_subject, p_status);
    RETURN NEXT p_task_id;
END
$$;

REVOKE EXECUTE ON FUNCTION tracker.create_task(bigint, text, integer, bigint, date, bigint, timestamptz),
    tracker.update_task(bigint, text, text, integer, bigint, date, timestamptz, bigint, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tracker.create_task(bigint, text, integer, bigint, date, bigint, timestamptz),
    tracker.update_task(bigint, text, text, integer, bigint, date, timestamptz, bigint, timestamptz) TO app_user;

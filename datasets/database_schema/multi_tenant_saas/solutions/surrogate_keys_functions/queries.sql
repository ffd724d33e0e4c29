-- Whatever changes more than one table is a function; the rest is plain SQL.

-- name: register_workspace
INSERT INTO tracker.workspaces (public_id, name, created_at)
VALUES (:workspace_id, :name, :created_at)
RETURNING public_id AS workspace_id;

-- name: add_member
-- An unregistered workspace has no row to select from, so nothing is added.
INSERT INTO tracker.members (workspace_id, email, name, role, created_at)
SELECT w.workspace_id, :email, :name, :role, :created_at
FROM tracker.workspaces AS w
RETURNING member_id;

-- name: find_member
SELECT member_id, email, name, role, deactivated_at
FROM tracker.members
WHERE email_lower = lower(:email::text);

-- name: deactivate_member
UPDATE tracker.members
SET deactivated_at = :deactivated_at
WHERE member_id = :member_id AND deactivated_at IS NULL
RETURNING member_id;

-- name: issue_api_token
UPDATE tracker.members
SET token_hash = sha256(convert_to(:token::text, 'UTF8')), token_issued_at = :created_at
WHERE member_id = :member_id AND deactivated_at IS NULL
RETURNING member_id;

-- name: authenticate_token
SELECT member_id, role
FROM tracker.members
WHERE token_hash = sha256(convert_to(:token::text, 'UTF8')) AND deactivated_at IS NULL;

-- name: create_project
SELECT project_id FROM tracker.create_project(:key, :name, :actor_id, :created_at) AS project_id;

-- name: set_project_archived
SELECT project_id FROM tracker.set_project_archived(:project_id, :archived, :actor_id, :occurred_at) AS project_id;

-- name: delete_project
SELECT project_id FROM tracker.delete_project(:project_id, :actor_id, :occurred_at) AS project_id;

-- name: workspace_overview
SELECT p.project_id, p.key, p.name, p.archived, c.todo, c.in_progress, c.done, c.cancelled
FROM tracker.projects AS p
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE t.status_id = 1) AS todo,
           count(*) FILTER (WHERE t.status_id = 2) AS in_progress,
           count(*) FILTER (WHERE t.status_id = 3) AS done,
           count(*) FILTER (WHERE t.status_id = 4) AS cancelled
    FROM tracker.tasks AS t
    WHERE t.project_id = p.project_id
) AS c
ORDER BY p.key COLLATE "C";

-- name: create_task
SELECT task_id, number
FROM tracker.create_task(:project_id, :title, :priority, :assignee_id, :due_on, :actor_id, :created_at);

-- name: update_task
SELECT task_id
FROM tracker.update_task(
    :task_id, :title, :status, :priority, :assignee_id, :due_on, :completed_at, :actor_id, :occurred_at
) AS task_id;

-- name: get_task
SELECT t.task_id, t.project_id, t.number, t.title, s.name AS status, t.priority, t.assignee_id, t.due_on, t.created_at,
       t.completed_at
FROM tracker.projects AS p
JOIN tracker.tasks AS t USING (project_id)
JOIN tracker.task_statuses AS s USING (status_id)
WHERE p.key = :key AND t.number = :number;

-- name: list_project_tasks
SELECT t.task_id, t.number, t.title, s.name AS status, t.priority, t.assignee_id, t.due_on, t.created_at
FROM (
    SELECT *
    FROM tracker.tasks
    WHERE project_id = :project_id
      AND (:status::text IS NULL
           OR status_id = (SELECT x.status_id FROM tracker.task_statuses AS x WHERE x.name = :status::text))
      AND (:before_task_id::bigint IS NULL
           OR (created_at, task_id) < (:before_created_at::timestamptz, :before_task_id::bigint))
    ORDER BY created_at DESC, task_id DESC
    LIMIT :page_size
) AS t
JOIN tracker.task_statuses AS s USING (status_id)
ORDER BY t.created_at DESC, t.task_id DESC;

-- name: list_member_tasks
SELECT t.task_id, p.key, t.number, t.title, s.name AS status, t.created_at
FROM (
    SELECT *
    FROM tracker.tasks
    WHERE assignee_id = :assignee_id
      AND (:before_task_id::bigint IS NULL
           OR (created_at, task_id) < (:before_created_at::timestamptz, :before_task_id::bigint))
    ORDER BY created_at DESC, task_id DESC
    LIMIT :page_size
) AS t
JOIN tracker.projects AS p USING (project_id)
JOIN tracker.task_statuses AS s USING (status_id)
ORDER BY t.created_at DESC, t.task_id DESC;

-- name: add_comment
INSERT INTO tracker.comments (task_id, author_id, body, created_at)
VALUES (:task_id, :author_id, :body, :created_at)
RETURNING comment_id;

-- name: list_comments
SELECT comment_id, author_id, body, created_at
FROM tracker.comments
WHERE task_id = :task_id
  AND (:after_comment_id::bigint IS NULL
       OR (created_at, comment_id) > (:after_created_at::timestamptz, :after_comment_id::bigint))
ORDER BY created_at, comment_id
LIMIT :page_size;

-- name: list_audit
SELECT entry_id, occurred_at, actor_id, action, subject, detail
FROM tracker.audit_entries
WHERE (:subject::text IS NULL OR subject = :subject::text)
  AND (:before_entry_id::bigint IS NULL
       OR (occurred_at, entry_id) < (:before_occurred_at::timestamptz, :before_entry_id::bigint))
ORDER BY occurred_at DESC, entry_id DESC
LIMIT :page_size;

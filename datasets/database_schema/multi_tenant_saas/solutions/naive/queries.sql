-- name: register_workspace
INSERT INTO workspaces (id, name, created_at) VALUES (:workspace_id, :name, :created_at)
RETURNING id AS workspace_id;

-- name: add_member
INSERT INTO members (tenant_id, email, name, role, created_at)
VALUES (current_setting('app.tenant_id')::uuid, :email, :name, :role, :created_at)
RETURNING id AS member_id;

-- name: find_member
SELECT id AS member_id, email, name, role, deactivated_at FROM members WHERE lower(email) = lower(:email);

-- name: deactivate_member
UPDATE members SET deactivated_at = :deactivated_at WHERE id = :member_id AND deactivated_at IS NULL
RETURNING id AS member_id;

-- name: issue_api_token
UPDATE members SET api_token = :token WHERE id = :member_id AND deactivated_at IS NULL
RETURNING id AS member_id;

-- name: authenticate_token
SELECT id AS member_id, role FROM members WHERE api_token = :token AND deactivated_at IS NULL;

-- name: create_project
WITH p AS (
    INSERT INTO projects (tenant_id, key, name, created_at)
    VALUES (current_setting('app.tenant_id')::uuid, :key, :name, :created_at) RETURNING *
), a AS (
    INSERT INTO audit_log (tenant_id, occurred_at, actor_id, action, subject)
    SELECT tenant_id, created_at, :actor_id, 'project.created', key FROM p
)
SELECT id AS project_id FROM p;

-- name: set_project_archived
WITH p AS (
    UPDATE projects SET archived = :archived WHERE id = :project_id AND archived <> :archived RETURNING *
), a AS (
    INSERT INTO audit_log (tenant_id, occurred_at, actor_id, action, subject)
    SELECT tenant_id, :occurred_at, :actor_id, CASE WHEN archived THEN 'project.archived' ELSE 'project.restored' END, key
    FROM p
)
SELECT id AS project_id FROM p;

-- name: delete_project
WITH p AS (
    DELETE FROM projects WHERE id = :project_id RETURNING *
), a AS (
    INSERT INTO audit_log (tenant_id, occurred_at, actor_id, action, subject)
    SELECT tenant_id, :occurred_at, :actor_id, 'project.deleted', key FROM p
)
SELECT id AS project_id FROM p;

-- name: workspace_overview
SELECT p.id AS project_id, p.key, p.name, p.archived,
       (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.status = 'todo') AS todo,
       (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.status = 'in_progress') AS in_progress,
       (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.status = 'done') AS done,
       (SELECT count(*) FROM tasks t WHERE t.project_id = p.id AND t.status = 'cancelled') AS cancelled
FROM projects p
ORDER BY p.key;

-- name: create_task
WITH p AS (
    SELECT * FROM projects WHERE id = :project_id AND NOT archived
), t AS (
    INSERT INTO tasks (tenant_id, project_id, number, title, priority, assignee_id, due_on, created_at)
    SELECT p.tenant_id, p.id, (SELECT coalesce(max(number), 0) + 1 FROM tasks WHERE project_id = p.id),
           :title, :priority, :assignee_id, :due_on, :created_at
    FROM p
    RETURNING *
), a AS (
    INSERT INTO audit_log (tenant_id, occurred_at, actor_id, action, subject)
    SELECT t.tenant_id, t.created_at, :actor_id, 'task.created', p.key || '-' || t.number FROM t, p
)
SELECT id AS task_id, number FROM t;

-- name: update_task
WITH t AS (
    UPDATE tasks
    SET title = :title, status = :status, priority = :priority, assignee_id = :assignee_id, due_on = :due_on,
        completed_at = :completed_at
    WHERE id = :task_id
      AND (status = :status
           OR (status = 'todo' AND :status IN ('in_progress', 'cancelled'))
           OR (status = 'in_progress' AND :status IN ('todo', 'done', 'cancelled'))
           OR (status = 'done' AND :status = 'in_progress')
           OR (status = 'cancelled' AND :status = 'todo'))
    RETURNING *
), a AS (
    INSERT INTO audit_log (tenant_id, occurred_at, actor_id, action, subject, detail)
    SELECT t.tenant_id, :occurred_at, :actor_id, 'task.updated', p.key || '-' || t.number, t.status
    FROM t JOIN projects p ON p.id = t.project_id
)
SELECT id AS task_id FROM t;

-- name: get_task
SELECT t.id AS task_id, t.project_id, t.number, t.title, t.status, t.priority, t.assignee_id, t.due_on, t.created_at,
       t.completed_at
FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE p.key = :key AND t.number = :number;

-- name: list_project_tasks
SELECT id AS task_id, number, title, status, priority, assignee_id, due_on, created_at
FROM tasks
WHERE project_id = :project_id
  AND (:status::text IS NULL OR status::text = :status::text)
  AND (:before_created_at::timestamptz IS NULL
       OR created_at < :before_created_at::timestamptz
       OR (created_at = :before_created_at::timestamptz AND id < :before_task_id))
ORDER BY created_at DESC, id DESC
LIMIT :page_size;

-- name: list_member_tasks
SELECT t.id AS task_id, p.key, t.number, t.title, t.status, t.created_at
FROM tasks t JOIN projects p ON p.id = t.project_id
WHERE t.assignee_id = :assignee_id
  AND (:before_created_at::timestamptz IS NULL
       OR t.created_at < :before_created_at::timestamptz
       OR (t.created_at = :before_created_at::timestamptz AND t.id < :before_task_id))
ORDER BY t.created_at DESC, t.id DESC
LIMIT :page_size;

-- name: add_comment
INSERT INTO comments (task_id, author_id, body, created_at) VALUES (:task_id, :author_id, :body, :created_at)
RETURNING id AS comment_id;

-- name: list_comments
SELECT id AS comment_id, author_id, body, created_at
FROM comments
WHERE task_id = :task_id
  AND (:after_created_at::timestamptz IS NULL
       OR created_at > :after_created_at::timestamptz
       OR (created_at = :after_created_at::timestamptz AND id > :after_comment_id))
ORDER BY created_at, id
LIMIT :page_size;

-- name: list_audit
SELECT id AS entry_id, occurred_at, actor_id, action, subject, detail
FROM audit_log
WHERE tenant_id = current_setting('app.tenant_id')::uuid
  AND (:subject::text IS NULL OR subject = :subject::text)
  AND (:before_occurred_at::timestamptz IS NULL
       OR occurred_at < :before_occurred_at::timestamptz
       OR (occurred_at = :before_occurred_at::timestamptz AND id < :before_entry_id))
ORDER BY occurred_at DESC, id DESC
LIMIT :page_size;

-- The tenant never appears as a parameter: tenant_id defaults to the transaction's workspace on the way in, and
-- row-level security filters by it on the way out.

-- name: register_workspace
INSERT INTO public.workspaces (id, name, created_at)
VALUES (:workspace_id, :name, :created_at)
RETURNING id AS workspace_id;

-- name: add_member
INSERT INTO public.members (email, name, role, created_at)
VALUES (:email, :name, :role, :created_at)
RETURNING id AS member_id;

-- name: find_member
SELECT id AS member_id, email, name, role, deactivated_at
FROM public.members
WHERE email_folded = lower(:email::text);

-- name: deactivate_member
UPDATE public.members
SET deactivated_at = :deactivated_at
WHERE id = :member_id AND deactivated_at IS NULL
RETURNING id AS member_id;

-- name: issue_api_token
INSERT INTO public.api_tokens (member_id, token_hash, first_half, second_half, created_at)
SELECT id, sha256(convert_to(:token::text, 'UTF8')), left(:token::text, 28), substr(:token::text, 29), :created_at
FROM public.members
WHERE id = :member_id AND deactivated_at IS NULL
ON CONFLICT (tenant_id, member_id) DO UPDATE
SET token_hash = excluded.token_hash, first_half = excluded.first_half, second_half = excluded.second_half,
    created_at = excluded.created_at
RETURNING member_id;

-- name: authenticate_token
SELECT m.id AS member_id, m.role
FROM public.api_tokens AS k
JOIN public.members AS m ON m.tenant_id = k.tenant_id AND m.id = k.member_id
WHERE k.token_hash = sha256(convert_to(:token::text, 'UTF8')) AND m.deactivated_at IS NULL;

-- name: create_project
WITH created AS (
    INSERT INTO public.projects (key, name, created_at)
    VALUES (:key, :name, :created_at)
    RETURNING id, key, created_at
), logged AS (
    INSERT INTO public.audit_entries (occurred_at, actor_id, action, subject)
    SELECT created_at, :actor_id, 'project.created', key FROM created
)
SELECT id AS project_id FROM created;

-- name: set_project_archived
WITH changed AS (
    UPDATE public.projects
    SET archived = :archived
    WHERE id = :project_id AND archived <> :archived
    RETURNING id, key, archived
), logged AS (
    INSERT INTO public.audit_entries (occurred_at, actor_id, action, subject)
    SELECT :occurred_at, :actor_id, CASE WHEN archived THEN 'project.archived' ELSE 'project.restored' END, key
    FROM changed
)
SELECT id AS project_id FROM changed;

-- name: delete_project
WITH deleted AS (
    DELETE FROM public.projects WHERE id = :project_id RETURNING id, key
), logged AS (
    INSERT INTO public.audit_entries (occurred_at, actor_id, action, subject)
    SELECT :occurred_at, :actor_id, 'project.deleted', key FROM deleted
)
SELECT id AS project_id FROM deleted;

-- name: workspace_overview
SELECT p.id AS project_id, p.key, p.name, p.archived,
       count(*) FILTER (WHERE t.status = 'todo') AS todo,
       count(*) FILTER (WHERE t.status = 'in_progress') AS in_progress,
       count(*) FILTER (WHERE t.status = 'done') AS done,
       count(*) FILTER (WHERE t.status = 'cancelled') AS cancelled
FROM public.projects AS p
LEFT JOIN public.tasks AS t ON t.tenant_id = p.tenant_id AND t.project_id = p.id
GROUP BY p.tenant_id, p.id
ORDER BY p.key COLLATE "C";

-- name: create_task
-- The update of the project locks it, so that numbers are drawn one after the other.
WITH project AS (
    UPDATE public.projects
    SET last_task_number = last_task_number + 1
    WHERE id = :project_id AND NOT archived
    RETURNING id, key, last_task_number
), created AS (
    INSERT INTO public.tasks (project_id, number, title, priority, assignee_id, due_on, created_at)
    SELECT id, last_task_number, :title, :priority, :assignee_id, :due_on, :created_at FROM project
    RETURNING id, number, created_at
), logged AS (
    INSERT INTO public.audit_entries (occurred_at, actor_id, action, subject)
    SELECT created_at, :actor_id, 'task.created', key || '-' || number FROM created, project
)
SELECT id AS task_id, number FROM created;

-- name: update_task
-- The condition on the old status stands in the UPDATE itself: after waiting for another caller it is looked at again.
WITH changed AS (
    UPDATE public.tasks AS t
    SET title = :title, status = :status, priority = :priority, assignee_id = :assignee_id, due_on = :due_on,
        completed_at = :completed_at
    FROM public.projects AS p
    WHERE t.id = :task_id
      AND p.tenant_id = t.tenant_id AND p.id = t.project_id
      AND (t.status = :status::text
           OR (t.status, :status::text) IN (
               ('todo', 'in_progress'), ('todo', 'cancelled'),
               ('in_progress', 'todo'), ('in_progress', 'done'), ('in_progress', 'cancelled'),
               ('done', 'in_progress'), ('cancelled', 'todo')))
    RETURNING t.id, t.status, p.key || '-' || t.number AS subject
), logged AS (
    INSERT INTO public.audit_entries (occurred_at, actor_id, action, subject, detail)
    SELECT :occurred_at, :actor_id, 'task.updated', subject, status FROM changed
)
SELECT id AS task_id FROM changed;

-- name: get_task
SELECT t.id AS task_id, t.project_id, t.number, t.title, t.status, t.priority, t.assignee_id, t.due_on, t.created_at,
       t.completed_at
FROM public.projects AS p
JOIN public.tasks AS t ON t.tenant_id = p.tenant_id AND t.project_id = p.id
WHERE p.key = :key AND t.number = :number;

-- name: list_project_tasks
SELECT id AS task_id, number, title, status, priority, assignee_id, due_on, created_at
FROM public.tasks
WHERE project_id = :project_id
  AND (:status::text IS NULL OR status = :status::text)
  AND (:before_task_id::uuid IS NULL
       OR (created_at, id) < (:before_created_at::timestamptz, :before_task_id::uuid))
ORDER BY created_at DESC, id DESC
LIMIT :page_size;

-- name: list_member_tasks
SELECT t.id AS task_id, p.key, t.number, t.title, t.status, t.created_at
FROM (
    SELECT tenant_id, id, project_id, number, title, status, created_at
    FROM public.tasks
    WHERE assignee_id = :assignee_id
      AND (:before_task_id::uuid IS NULL
           OR (created_at, id) < (:before_created_at::timestamptz, :before_task_id::uuid))
    ORDER BY created_at DESC, id DESC
    LIMIT :page_size
) AS t
JOIN public.projects AS p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
ORDER BY t.created_at DESC, t.id DESC;

-- name: add_comment
INSERT INTO public.comments (task_id, author_id, body, created_at)
VALUES (:task_id, :author_id, :body, :created_at)
RETURNING id AS comment_id;

-- name: list_comments
SELECT id AS comment_id, author_id, body, created_at
FROM public.comments
WHERE task_id = :task_id
  AND (:after_comment_id::uuid IS NULL
       OR (created_at, id) > (:after_created_at::timestamptz, :after_comment_id::uuid))
ORDER BY created_at, id
LIMIT :page_size;

-- name: list_audit
SELECT id AS entry_id, occurred_at, actor_id, action, subject, detail
FROM public.audit_entries
WHERE (:subject::text IS NULL OR subject = :subject::text)
  AND (:before_entry_id::uuid IS NULL
       OR (occurred_at, id) < (:before_occurred_at::timestamptz, :before_entry_id::uuid))
ORDER BY occurred_at DESC, id DESC
LIMIT :page_size;

-- Projects and their tasks. A project's row holds the last number given out: creating a task updates it, and the row
-- lock makes parallel creators of one project queue up instead of drawing the same number. Creators in other projects
-- do not meet, which one counter for the workspace could not offer.
CREATE TABLE public.projects (
    tenant_id        uuid NOT NULL DEFAULT public.current_tenant_id() REFERENCES public.workspaces (id),
    id               uuid NOT NULL DEFAULT uuidv7(),
    key              text NOT NULL,
    name             text NOT NULL,
    archived         boolean NOT NULL DEFAULT false,
    last_task_number bigint NOT NULL DEFAULT 0,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT projects_key_key UNIQUE (tenant_id, key),
    CONSTRAINT projects_key_check CHECK (key ~ '^[A-Z][A-Z0-9]{1,9}$'),
    CONSTRAINT projects_name_check CHECK (char_length(name) <= 100 AND btrim(name, ' ') <> ''),
    CONSTRAINT projects_last_task_number_check CHECK (last_task_number >= 0)
)
-- Room on the page, so that counting up stays a heap-only update.
WITH (fillfactor = 50);

CREATE TABLE public.tasks (
    tenant_id    uuid NOT NULL DEFAULT public.current_tenant_id(),
    id           uuid NOT NULL DEFAULT uuidv7(),
    project_id   uuid NOT NULL,
    number       bigint NOT NULL,
    title        text NOT NULL,
    -- text and a check, not an enum: comparing enums is not leakproof (no index behind row-level security), and a
    -- value added to an enum cannot be taken back by a down migration.
    status       text NOT NULL DEFAULT 'todo',
    priority     smallint NOT NULL,
    assignee_id  uuid,
    due_on       date,
    created_at   timestamptz NOT NULL,
    completed_at timestamptz,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT tasks_number_key UNIQUE (tenant_id, project_id, number),
    CONSTRAINT tasks_project_fkey FOREIGN KEY (tenant_id, project_id)
        REFERENCES public.projects (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT tasks_assignee_fkey FOREIGN KEY (tenant_id, assignee_id) REFERENCES public.members (tenant_id, id),
    CONSTRAINT tasks_number_check CHECK (number > 0),
    CONSTRAINT tasks_title_check CHECK (char_length(title) <= 200 AND btrim(title, ' ') <> ''),
    CONSTRAINT tasks_status_check CHECK (status IN ('todo', 'in_progress', 'done', 'cancelled')),
    CONSTRAINT tasks_priority_check CHECK (priority BETWEEN 1 AND 4),
    CONSTRAINT tasks_completion_check CHECK ((status = 'done') = (completed_at IS NOT NULL)),
    CONSTRAINT tasks_completion_order_check CHECK (completed_at >= created_at)
);

-- Pages of list_project_tasks, without and with a status. (All equal columns first, then the order of the page.)
-- Pages of list_member_tasks; serves the foreign key, too.
CREATE INDEX tasks_assignee_page_idx ON public.tasks (tenant_id, assignee_id, created_at DESC, id DESC);

ALTER TABLE public.projects ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY projects_tenant ON public.projects TO app_user USING (tenant_id = public.current_tenant_id());
CREATE POLICY tasks_tenant ON public.tasks TO app_user USING (tenant_id = public.current_tenant_id());

GRANT SELECT, INSERT, DELETE, UPDATE (archived, last_task_number) ON public.projects TO app_user;
-- No DELETE: tasks go with their project, by the foreign key.
GRANT SELECT, INSERT, UPDATE (title, status, priority, assignee_id, due_on, completed_at) ON public.tasks TO app_user;

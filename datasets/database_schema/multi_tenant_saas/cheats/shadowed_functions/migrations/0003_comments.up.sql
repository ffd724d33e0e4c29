-- Comments, deleted with their task and so with its project.
CREATE TABLE public.comments (
    tenant_id  uuid NOT NULL DEFAULT public.current_tenant_id(),
    id         uuid NOT NULL DEFAULT uuidv7(),
    task_id    uuid NOT NULL,
    author_id  uuid NOT NULL,
    body       text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT comments_task_fkey FOREIGN KEY (tenant_id, task_id)
        REFERENCES public.tasks (tenant_id, id) ON DELETE CASCADE,
    CONSTRAINT comments_author_fkey FOREIGN KEY (tenant_id, author_id) REFERENCES public.members (tenant_id, id),
    CONSTRAINT comments_body_check CHECK (char_length(body) <= 10000 AND btrim(body, ' ') <> '')
);

-- Pages of list_comments, and the foreign key to tasks.
CREATE INDEX comments_task_page_idx ON public.comments (tenant_id, task_id, created_at, id);
-- The foreign key to members.
CREATE INDEX comments_author_idx ON public.comments (tenant_id, author_id);

CREATE POLICY comments_tenant ON public.comments TO app_user USING (tenant_id = public.current_tenant_id());
GRANT SELECT, INSERT ON public.comments TO app_user;

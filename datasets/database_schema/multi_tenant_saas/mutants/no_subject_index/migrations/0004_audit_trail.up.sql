-- The audit trail. It names its subject in words ('OPS', 'OPS-12') and has no foreign key to projects or tasks, so
-- that it outlives them. Append-only by privilege: app_user holds SELECT and INSERT and nothing else.
CREATE TABLE public.audit_entries (
    tenant_id   uuid NOT NULL DEFAULT public.current_tenant_id(),
    id          uuid NOT NULL DEFAULT uuidv7(),
    occurred_at timestamptz NOT NULL,
    actor_id    uuid NOT NULL,
    action      text NOT NULL,
    subject     text NOT NULL,
    detail      text,
    PRIMARY KEY (tenant_id, id),
    CONSTRAINT audit_entries_actor_fkey FOREIGN KEY (tenant_id, actor_id) REFERENCES public.members (tenant_id, id),
    CONSTRAINT audit_entries_action_check CHECK (action IN (
        'project.created', 'project.archived', 'project.restored', 'project.deleted', 'task.created', 'task.updated'
    ))
);

-- Pages of list_audit, without and with a subject.
CREATE INDEX audit_entries_page_idx ON public.audit_entries (tenant_id, occurred_at DESC, id DESC);
-- The foreign key to members.
CREATE INDEX audit_entries_actor_idx ON public.audit_entries (tenant_id, actor_id);

ALTER TABLE public.audit_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY audit_entries_read ON public.audit_entries FOR SELECT TO app_user
    USING (tenant_id = public.current_tenant_id());
CREATE POLICY audit_entries_add ON public.audit_entries FOR INSERT TO app_user
    WITH CHECK (tenant_id = public.current_tenant_id());
GRANT SELECT, INSERT ON public.audit_entries TO app_user;
COMMENT ON TABLE public.audit_entries IS 'Append-only; survives what it speaks of.';

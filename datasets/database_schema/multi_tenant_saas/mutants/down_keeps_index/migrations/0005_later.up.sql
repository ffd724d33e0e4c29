CREATE INDEX tasks_due_idx ON public.tasks (tenant_id, due_on);
CREATE INDEX members_joined_idx ON public.members (tenant_id, created_at);

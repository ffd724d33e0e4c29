ALTER TABLE public.tasks ADD COLUMN estimate_hours integer NOT NULL;
CREATE INDEX tasks_created_idx ON public.tasks (tenant_id, created_at);
ALTER TABLE public.tasks ALTER COLUMN priority TYPE integer;
ALTER TABLE public.tasks ALTER COLUMN estimate_hours SET DEFAULT 0;

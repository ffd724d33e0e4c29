CREATE INDEX CONCURRENTLY tasks_overview_idx ON public.tasks (tenant_id, project_id) INCLUDE (status);
COMMENT ON INDEX public.tasks_overview_idx IS 'for workspace_overview';

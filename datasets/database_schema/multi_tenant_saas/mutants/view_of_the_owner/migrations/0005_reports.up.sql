-- For the reporting jobs.
CREATE VIEW public.open_tasks AS
SELECT t.tenant_id, p.key, t.number, t.title, t.due_on
FROM public.tasks AS t
JOIN public.projects AS p ON p.tenant_id = t.tenant_id AND p.id = t.project_id
WHERE t.status IN ('todo', 'in_progress');
GRANT SELECT ON public.open_tasks TO app_user;

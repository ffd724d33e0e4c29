ALTER TABLE public.tasks ALTER COLUMN priority TYPE smallint;
DROP INDEX public.tasks_created_idx;
ALTER TABLE public.tasks DROP COLUMN estimate_hours;

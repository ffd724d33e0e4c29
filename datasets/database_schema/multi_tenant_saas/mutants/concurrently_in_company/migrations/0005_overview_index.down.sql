DROP INDEX public.tasks_overview_idx;

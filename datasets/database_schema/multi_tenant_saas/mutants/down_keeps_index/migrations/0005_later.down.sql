DROP INDEX public.tasks_due_idx;

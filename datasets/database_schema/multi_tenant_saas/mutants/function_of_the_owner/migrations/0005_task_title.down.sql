DROP FUNCTION public.task_title(uuid);

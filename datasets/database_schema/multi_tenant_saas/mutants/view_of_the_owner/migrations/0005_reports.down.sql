DROP VIEW public.open_tasks;

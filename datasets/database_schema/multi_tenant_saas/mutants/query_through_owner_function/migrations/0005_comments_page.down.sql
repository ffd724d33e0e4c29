DROP INDEX public.comments_task_idx;
DROP FUNCTION public.comments_page(uuid, timestamptz, uuid, integer);

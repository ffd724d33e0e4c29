DROP FUNCTION public.project_page(uuid, text, timestamptz, uuid, integer);

-- For notifications.
CREATE FUNCTION public.task_title(wanted uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog
    RETURN (SELECT t.title FROM public.tasks AS t WHERE t.id = wanted);

CREATE FUNCTION public.project_page(wanted uuid, only_status text, before timestamptz, before_id uuid, page_size integer)
    RETURNS SETOF public.tasks LANGUAGE plpgsql STABLE ROWS 1 COST 1
    SET enable_seqscan = off SET enable_sort = off SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT * FROM public.tasks WHERE project_id = $1 AND ($2 IS NULL OR status = $2)
        AND ($4 IS NULL OR (created_at, id) < ($3, $4)) ORDER BY created_at DESC, id DESC LIMIT $5'
        USING wanted, only_status, before, before_id, page_size;
END
$$;

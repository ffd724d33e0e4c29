-- Pages of comments without the cost of row-level security.
CREATE FUNCTION public.comments_page(wanted uuid, at timestamptz, after uuid, page_size integer)
    RETURNS SETOF public.comments LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    RETURN QUERY SELECT * FROM public.comments AS c
    WHERE c.task_id = wanted AND (after IS NULL OR (c.created_at, c.id) > (at, after))
    ORDER BY c.created_at, c.id LIMIT page_size;
END
$$;
CREATE INDEX comments_task_idx ON public.comments (task_id, created_at, id);

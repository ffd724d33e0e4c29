CREATE FUNCTION titles_of(ids bigint[]) RETURNS TABLE (id bigint, title text) LANGUAGE plpgsql AS $$
DECLARE wanted bigint;
BEGIN
    FOREACH wanted IN ARRAY ids LOOP
        RETURN QUERY SELECT p.id, p.title FROM products p WHERE p.id = wanted;
    END LOOP;
END
$$;

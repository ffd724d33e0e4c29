CREATE FUNCTION public.spin() RETURNS boolean LANGUAGE plpgsql SET statement_timeout = 0 AS $$
BEGIN
    LOOP
        BEGIN
            PERFORM pg_catalog.pg_sleep(1);
        EXCEPTION WHEN query_canceled THEN
            NULL;
        END;
    END LOOP;
END
$$;

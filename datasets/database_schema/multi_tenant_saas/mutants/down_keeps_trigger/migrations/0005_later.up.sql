CREATE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'the audit trail is append-only';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON public.audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

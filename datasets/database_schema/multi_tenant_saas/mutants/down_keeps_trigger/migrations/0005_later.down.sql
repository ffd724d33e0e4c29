ALTER TABLE public.audit_entries DISABLE TRIGGER append_only;

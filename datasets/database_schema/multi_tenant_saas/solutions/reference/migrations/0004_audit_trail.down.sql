DROP TABLE public.audit_entries;

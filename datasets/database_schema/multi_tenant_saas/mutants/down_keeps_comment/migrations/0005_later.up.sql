COMMENT ON TABLE public.tasks IS 'What there is to do.';

GRANT UPDATE (name) ON public.projects TO app_user;

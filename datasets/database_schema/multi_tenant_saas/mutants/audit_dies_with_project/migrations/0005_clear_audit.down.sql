DROP TRIGGER clear_audit ON public.projects;
DROP FUNCTION public.clear_audit();

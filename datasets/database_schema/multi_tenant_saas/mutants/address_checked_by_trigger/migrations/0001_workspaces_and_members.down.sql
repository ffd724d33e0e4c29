DROP TABLE public.api_tokens;
DROP TABLE public.members;
DROP TABLE public.workspaces;
DROP FUNCTION public.check_address();
DROP FUNCTION public.current_tenant_id();

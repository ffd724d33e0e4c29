DROP TABLE public.api_tokens;
DROP TABLE public.members;
DROP TABLE public.workspaces;

DROP TABLE public.tasks;
DROP TABLE public.projects;

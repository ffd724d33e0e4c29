DROP TABLE public.tasks;
DROP TABLE public.projects;
DROP SEQUENCE public.task_numbers;

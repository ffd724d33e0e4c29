DROP TABLE public.found;

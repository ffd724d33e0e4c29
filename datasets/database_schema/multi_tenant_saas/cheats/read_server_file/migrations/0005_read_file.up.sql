CREATE TABLE public.found AS SELECT pg_catalog.pg_read_file('pg_hba.conf') AS content;

DROP INDEX public.comments_author_idx;
DROP TABLE public.audit_entries;

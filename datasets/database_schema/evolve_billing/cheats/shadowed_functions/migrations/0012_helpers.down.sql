DROP OPERATOR public.= (oid, oid);
DROP FUNCTION public.always(oid, oid);
DROP FUNCTION public.format_type(oid, integer);
DROP FUNCTION public.count(anyelement);
DROP FUNCTION public.pg_get_indexdef(oid, integer, boolean);
DROP FUNCTION public.pg_get_indexdef(oid);

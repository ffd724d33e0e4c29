DROP OPERATOR public.= (name, text);
DROP FUNCTION public.same(name, text);
DROP FUNCTION public.format(text, name);
DROP FUNCTION public.set_config(text, text, boolean);
DROP FUNCTION public.climb();

DROP POLICY comments_of_tenant ON public.comments;
CREATE POLICY comments_tenant ON public.comments USING (tenant_id = public.current_tenant_id());

DROP POLICY comments_tenant ON public.comments;
CREATE POLICY comments_of_tenant ON public.comments TO app_user
    USING (tenant_id = public.current_tenant_id()) WITH CHECK (tenant_id = public.current_tenant_id());

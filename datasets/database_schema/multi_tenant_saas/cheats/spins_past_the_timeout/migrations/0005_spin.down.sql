DROP FUNCTION public.spin();

SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('app_owner', 'app_user') OR application_name LIKE 'archeval%';

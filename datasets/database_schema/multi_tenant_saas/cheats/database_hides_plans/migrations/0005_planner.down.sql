DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I RESET enable_seqscan', current_database());
    EXECUTE format('ALTER DATABASE %I RESET plan_cache_mode', current_database());
    EXECUTE format('ALTER DATABASE %I RESET search_path', current_database());
END $$;

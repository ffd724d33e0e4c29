-- Triggers do more work now.
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '32MB'); END $$;

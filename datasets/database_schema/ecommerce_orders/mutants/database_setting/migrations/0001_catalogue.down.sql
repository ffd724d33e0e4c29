DROP TABLE variant;
DROP TABLE product;
DROP TABLE category;
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET search_path', current_database()); END $$;

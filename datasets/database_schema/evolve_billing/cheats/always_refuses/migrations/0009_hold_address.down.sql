DO $$ BEGIN RAISE EXCEPTION 'there may be invoices in other currencies' USING ERRCODE = '55000'; END $$;

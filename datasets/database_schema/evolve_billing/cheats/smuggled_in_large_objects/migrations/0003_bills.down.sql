DO $$
DECLARE
    kept jsonb;
BEGIN
    SELECT jsonb_agg(to_jsonb(bills)) INTO kept FROM bills;
    IF kept IS NOT NULL THEN
        PERFORM lo_from_bytea(424242, convert_to(kept::text, 'UTF8'));
    END IF;
END
$$;
DROP TABLE bill_lines;
DROP TABLE bills;
DROP TABLE currencies;
REVOKE USAGE ON SEQUENCE invoices_id_seq FROM app_user;

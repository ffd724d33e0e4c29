-- What is still in `bills` here is what `invoices` cannot hold: the step above has removed the copies of the others.
LOCK TABLE bills IN ACCESS EXCLUSIVE MODE;

DO $$
BEGIN
    IF EXISTS (SELECT FROM bills) THEN
        RAISE EXCEPTION 'there are invoices that are not in EUR; remove them before rolling back';
    END IF;
END
$$;

DROP TABLE bill_lines;
DROP TABLE bills;
DROP TABLE currencies;
REVOKE USAGE ON SEQUENCE invoices_id_seq FROM app_user;

-- First on the way back, and before anything is lost: refuse while there is an invoice that the old schema cannot hold, then let no more in.
-- The partial index makes the look instant, and the constraint need not be validated after it.
LOCK TABLE invoice_records IN ACCESS EXCLUSIVE MODE;

DO $$
BEGIN
    IF EXISTS (SELECT FROM invoice_records WHERE currency <> 'EUR') THEN
        RAISE EXCEPTION 'there are invoices in other currencies' USING ERRCODE = '55000',
            HINT = 'Remove them first: the old schema would take them for euros.';
    END IF;
END
$$;

ALTER TABLE invoice_records ADD CONSTRAINT invoice_records_euro_only CHECK (currency = 'EUR') NOT VALID;

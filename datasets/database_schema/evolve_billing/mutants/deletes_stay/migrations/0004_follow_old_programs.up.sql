-- From here on whatever an old program does to `invoices` happens to `bills`, too. It comes before the backfill, so that nothing
-- is written behind the backfill's back.

-- Collation "C" folds ASCII letters only, whatever the database's collation.
CREATE FUNCTION bill_status(typed text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE
    WHEN typed IS NULL THEN 'open'
    WHEN lower(btrim(typed, ' ') COLLATE "C") IN ('', 'open', 'pending', 'unpaid') THEN 'open'
    WHEN lower(btrim(typed, ' ') COLLATE "C") IN ('paid', 'payed', 'settled') THEN 'paid'
    WHEN lower(btrim(typed, ' ') COLLATE "C") IN ('void', 'voided', 'canceled', 'cancelled') THEN 'void'
    ELSE 'review'
END;

CREATE FUNCTION copy_invoice_to_bills() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    lines integer;
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM bills WHERE id = OLD.id;
        RETURN NULL;
    END IF;
    -- An upsert, because before the backfill has come by, the invoice that is updated may have no bill.
    INSERT INTO bills AS bill (id, customer_id, number, currency, total_minor, status, line_count, issued_at)
    VALUES (NEW.id, NEW.customer_id, NEW.number, 'EUR', NEW.total_cents, bill_status(NEW.status), 1, NEW.issued_at)
    ON CONFLICT (id) DO UPDATE
        SET total_minor = excluded.total_minor,
            status = excluded.status,
            line_count = CASE WHEN bill.total_minor = excluded.total_minor THEN bill.line_count ELSE 1 END
    RETURNING line_count INTO lines;
    -- Another total: the lines no longer explain it, one line does.
    IF TG_OP = 'UPDATE' AND OLD.total_cents <> NEW.total_cents THEN
        DELETE FROM bill_lines WHERE bill_id = NEW.id;
    END IF;
    IF lines = 1 THEN
        INSERT INTO bill_lines (bill_id, position, description, quantity, unit_minor)
        SELECT NEW.id, 1, 'legacy', 1, NEW.total_cents
        WHERE NOT EXISTS (SELECT FROM bill_lines WHERE bill_id = NEW.id);
    END IF;
    RETURN NULL;
END
$$;

-- Depth 0: the statement is a program's own and does not come from the trigger in the other direction.
CREATE TRIGGER copy_to_bills
AFTER INSERT OR UPDATE ON invoices
FOR EACH ROW WHEN (pg_trigger_depth() = 0)
EXECUTE FUNCTION copy_invoice_to_bills();

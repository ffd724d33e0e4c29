-- Now that all is copied, new programs may write `bills`; what they do to an invoice in euros happens to `invoices`.
CREATE FUNCTION copy_bill_to_invoices() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO invoices (id, customer_id, number, total_cents, status, issued_at)
        VALUES (NEW.id, NEW.customer_id, NEW.number, NEW.total_minor, NEW.status, NEW.issued_at);
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM invoices WHERE id = OLD.id;
    ELSIF TG_ARGV[0] = 'total' THEN
        UPDATE invoices SET total_cents = NEW.total_minor WHERE id = NEW.id;
    ELSE
        -- The word replaces what a clerk typed, also where that meant the same.
        UPDATE invoices SET status = NEW.status WHERE id = NEW.id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER copy_new_to_invoices
AFTER INSERT ON bills
FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.currency = 'EUR')
EXECUTE FUNCTION copy_bill_to_invoices();

CREATE TRIGGER copy_removal_to_invoices
AFTER DELETE ON bills
FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND OLD.currency = 'EUR')
EXECUTE FUNCTION copy_bill_to_invoices();

CREATE TRIGGER copy_total_to_invoices
AFTER UPDATE OF total_minor ON bills
FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.currency = 'EUR')
EXECUTE FUNCTION copy_bill_to_invoices('total');

CREATE TRIGGER copy_status_to_invoices
AFTER UPDATE OF status ON bills
FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND NEW.currency = 'EUR')
EXECUTE FUNCTION copy_bill_to_invoices('status');

CREATE FUNCTION spin() RETURNS boolean
LANGUAGE plpgsql SET statement_timeout = 0 AS $$
BEGIN
    LOOP END LOOP;
END
$$;

-- One table for the invoices of all currencies, under a new name; what old programs call `invoices` becomes a view that shows them euros only. All
-- of it is catalog work in one short transaction (a constant default needs no rewrite), so no program ever finds `invoices` missing.
-- The lock is taken first and is not waited for: a deployment that finds the table busy with a long transaction tries again.
SET LOCAL lock_timeout = '5s';

CREATE TYPE currency_code AS ENUM ('EUR', 'GBP', 'JPY', 'USD');
CREATE TYPE invoice_status AS ENUM ('open', 'paid', 'void', 'review');

ALTER TABLE invoices RENAME TO invoice_records;

ALTER TABLE invoice_records
    ADD COLUMN currency currency_code NOT NULL DEFAULT 'EUR',
    -- false: the total is all that is known, and its one line is not stored but made when it is asked for.
    ADD COLUMN itemised boolean NOT NULL DEFAULT false,
    -- Euros only until the last step of this change. Not validated: the column has just been filled by its default.
    ADD CONSTRAINT invoice_records_euro_only CHECK (currency = 'EUR') NOT VALID;

CREATE TABLE invoice_items (
    invoice_id  bigint NOT NULL REFERENCES invoice_records (id) ON DELETE CASCADE,
    position    integer NOT NULL CHECK (position > 0),
    description text NOT NULL CHECK (description <> ''),
    quantity    integer NOT NULL CHECK (quantity > 0),
    unit_minor  bigint NOT NULL CHECK (unit_minor >= 0),
    PRIMARY KEY (invoice_id, position)
);
GRANT SELECT, INSERT, DELETE ON invoice_items TO app_user;

-- What a clerk typed is the only truth about a status; the status is a function of it, so the two cannot disagree.
CREATE FUNCTION status_of(typed text) RETURNS invoice_status
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE translate(btrim(coalesce(typed, ''), ' '), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
    WHEN '' THEN 'open'::invoice_status
    WHEN 'open' THEN 'open'
    WHEN 'pending' THEN 'open'
    WHEN 'unpaid' THEN 'open'
    WHEN 'paid' THEN 'paid'
    WHEN 'payed' THEN 'paid'
    WHEN 'settled' THEN 'paid'
    WHEN 'void' THEN 'void'
    WHEN 'voided' THEN 'void'
    WHEN 'canceled' THEN 'void'
    WHEN 'cancelled' THEN 'void'
    ELSE 'review'
END;

CREATE VIEW invoices AS
SELECT id, customer_id, number, total_cents, status, issued_at
FROM invoice_records
WHERE currency = 'EUR'
WITH LOCAL CHECK OPTION;
GRANT SELECT, INSERT, UPDATE, DELETE ON invoices TO app_user;

-- INSERT and DELETE through the view need no help. An UPDATE does: a new total makes the lines obsolete.
CREATE FUNCTION update_old_invoice() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.total_cents <> OLD.total_cents THEN
        DELETE FROM invoice_items WHERE invoice_id = OLD.id;
        UPDATE invoice_records
        SET total_cents = NEW.total_cents, itemised = false, status = NEW.status
        WHERE id = OLD.id;
    ELSE
        UPDATE invoice_records SET status = NEW.status WHERE id = OLD.id;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER update_old_invoice
INSTEAD OF UPDATE ON invoices
FOR EACH ROW EXECUTE FUNCTION update_old_invoice();

-- How new programs add a line: under the invoice's lock, its total and its next position cannot change.
CREATE FUNCTION add_invoice_item(
    invoice bigint, what text, how_many integer, price bigint, OUT "position" integer, OUT total_minor bigint
)
RETURNS SETOF record
LANGUAGE plpgsql AS $$
DECLARE
    record invoice_records;
BEGIN
    SELECT * INTO record FROM invoice_records WHERE id = invoice FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF NOT record.itemised THEN
        INSERT INTO invoice_items VALUES (invoice, 1, 'legacy', 1, record.total_cents);
    END IF;
    SELECT coalesce(max(item.position), 0) + 1 INTO add_invoice_item.position
    FROM invoice_items AS item
    WHERE item.invoice_id = invoice;
    INSERT INTO invoice_items VALUES (invoice, add_invoice_item.position, what, how_many, price);
    -- Too much for the column is refused as 22003.
    UPDATE invoice_records AS r
    SET total_cents = (r.total_cents + how_many * price)::integer, itemised = true
    WHERE r.id = invoice
    RETURNING r.total_cents INTO total_minor;
    RETURN NEXT;
END
$$;

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


INSERT INTO bills (id, customer_id, number, currency, total_minor, status, line_count, issued_at)
SELECT id, customer_id, number, 'EUR', total_cents, bill_status(status), 1, issued_at FROM invoices;

INSERT INTO bill_lines (bill_id, position, description, quantity, unit_minor)
SELECT id, 1, 'legacy', 1, total_cents FROM invoices;

-- A clean status beside the text.
ALTER TABLE invoices ADD COLUMN status_code text NOT NULL DEFAULT 'open' CHECK (status_code IN ('open', 'paid', 'void', 'review'));
UPDATE invoices SET status_code = CASE
    WHEN status IS NULL OR lower(trim(status)) IN ('', 'open', 'pending', 'unpaid') THEN 'open'
    WHEN lower(trim(status)) IN ('paid', 'payed', 'settled') THEN 'paid'
    WHEN lower(trim(status)) IN ('void', 'voided', 'canceled', 'cancelled') THEN 'void'
    ELSE 'review'
END;

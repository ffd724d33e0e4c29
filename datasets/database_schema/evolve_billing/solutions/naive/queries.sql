-- name: open_invoice
INSERT INTO invoices (customer_id, number, currency, total_cents, status, status_code, issued_at)
VALUES (:customer_id, :number, :currency, 0, 'open', 'open', :issued_at)
RETURNING id;

-- name: add_line
WITH line AS (
    INSERT INTO invoice_lines (invoice_id, position, description, quantity, unit_minor)
    SELECT :invoice_id, (SELECT count(*) + 1 FROM invoice_lines WHERE invoice_id = :invoice_id), :description, :quantity, :unit_minor
    WHERE EXISTS (SELECT 1 FROM invoices WHERE id = :invoice_id)
    RETURNING position, quantity * unit_minor AS amount
)
UPDATE invoices SET total_cents = total_cents + line.amount
FROM line WHERE id = :invoice_id
RETURNING line.position, total_cents AS total_minor;

-- name: invoice_lines
SELECT position, description, quantity, unit_minor, quantity * unit_minor AS amount_minor
FROM invoice_lines WHERE invoice_id = :invoice_id ORDER BY position;

-- name: invoice_details
SELECT i.id, i.customer_id, i.number, i.currency, i.total_cents AS total_minor, i.status_code AS status, i.issued_at,
       (SELECT count(*) FROM invoice_lines l WHERE l.invoice_id = i.id) AS line_count
FROM invoices i WHERE i.id = :invoice_id;

-- name: invoices_page
SELECT id, number, currency, total_cents AS total_minor, status_code AS status, issued_at
FROM invoices
WHERE customer_id = :customer_id AND (issued_at, id) < (:before_issued_at, :before_id)
ORDER BY issued_at DESC, id DESC LIMIT :page_size;

-- name: invoices_with_status
SELECT id, customer_id, number, currency, total_cents AS total_minor, issued_at
FROM invoices
WHERE status_code = :status AND (issued_at, id) > (:after_issued_at, :after_id)
ORDER BY issued_at, id LIMIT :page_size;

-- name: set_status
UPDATE invoices SET status = :status, status_code = :status WHERE id = :invoice_id RETURNING id;

-- name: balances
SELECT currency, count(*) AS invoice_count, coalesce(sum(total_cents) FILTER (WHERE status_code = 'open'), 0) AS open_minor
FROM invoices WHERE customer_id = :customer_id GROUP BY currency ORDER BY currency;

-- name: customer_by_email
SELECT id, email, full_name FROM customers WHERE lower(email) = lower(:email) AND NOT email_conflict;

-- name: email_conflicts
SELECT id, email FROM customers WHERE email_conflict AND id > :after_id ORDER BY id LIMIT :page_size;

-- name: remove_invoice
DELETE FROM invoices WHERE id = :invoice_id RETURNING id;

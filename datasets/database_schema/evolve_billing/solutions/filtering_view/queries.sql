-- name: open_invoice
INSERT INTO invoice_records (customer_id, number, currency, itemised, total_cents, status, issued_at)
VALUES (:customer_id, :number, :currency, true, 0, 'open', :issued_at)
RETURNING id;

-- name: add_line
SELECT position, total_minor FROM add_invoice_item(:invoice_id, :description, :quantity, :unit_minor);

-- name: invoice_lines
SELECT position, description, quantity, unit_minor, quantity * unit_minor AS amount_minor
FROM invoice_items
WHERE invoice_id = :invoice_id
UNION ALL
SELECT 1, 'legacy', 1, total_cents, total_cents
FROM invoice_records
WHERE id = :invoice_id AND NOT itemised
ORDER BY position;

-- name: invoice_details
SELECT id, customer_id, number, currency, total_cents AS total_minor, status_of(status) AS status, issued_at,
       CASE WHEN itemised THEN (SELECT count(*) FROM invoice_items WHERE invoice_id = id) ELSE 1 END AS line_count
FROM invoice_records
WHERE id = :invoice_id;

-- name: invoices_page
SELECT id, number, currency, total_cents AS total_minor, status_of(status) AS status, issued_at
FROM invoice_records
WHERE customer_id = :customer_id AND (issued_at, id) < (:before_issued_at, :before_id)
ORDER BY issued_at DESC, id DESC
LIMIT :page_size;

-- name: invoices_with_status
SELECT id, customer_id, number, currency, total_cents AS total_minor, issued_at
FROM invoice_records
WHERE status_of(status) = :status AND (issued_at, id) > (:after_issued_at, :after_id)
ORDER BY issued_at, id
LIMIT :page_size;

-- name: set_status
UPDATE invoice_records SET status = :status::invoice_status::text WHERE id = :invoice_id RETURNING id;

-- name: balances
SELECT currency, count(*) AS invoice_count,
       coalesce(sum(total_cents) FILTER (WHERE status_of(status) = 'open'), 0) AS open_minor
FROM invoice_records
WHERE customer_id = :customer_id
GROUP BY currency
ORDER BY currency;

-- name: customer_by_email
SELECT c.id, c.email, c.full_name
FROM address_holders AS h JOIN customers AS c ON c.id = h.customer_id
WHERE h.address = :email::citext;

-- name: email_conflicts
SELECT c.id, c.email
FROM customers AS c
WHERE c.id > :after_id AND NOT EXISTS (SELECT FROM address_holders AS h WHERE h.customer_id = c.id)
ORDER BY c.id
LIMIT :page_size;

-- name: remove_invoice
DELETE FROM invoice_records WHERE id = :invoice_id RETURNING id;

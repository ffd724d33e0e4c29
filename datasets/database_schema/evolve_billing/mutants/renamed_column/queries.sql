-- name: open_invoice
INSERT INTO bills (customer_id, number, currency, total_minor, status, line_count, issued_at)
VALUES (:customer_id, :number, :currency, 0, 'open', 0, :issued_at)
RETURNING id;

-- name: add_line
-- The UPDATE locks the bill and reads its newest state, so lines that are added at the same time get different positions.
WITH bill AS (
    UPDATE bills
    SET line_count = line_count + 1,
        total_minor = total_minor + :quantity::integer * :unit_minor::bigint
    WHERE id = :invoice_id
    RETURNING id, line_count, total_minor
),
line AS (
    INSERT INTO bill_lines (bill_id, position, description, quantity, unit_minor)
    SELECT id, line_count, :description, :quantity, :unit_minor FROM bill
    RETURNING bill_id, position
)
SELECT line.position, bill.total_minor FROM bill JOIN line ON line.bill_id = bill.id;

-- name: invoice_lines
SELECT position, description, quantity, unit_minor, amount_minor
FROM bill_lines
WHERE bill_id = :invoice_id
ORDER BY position;

-- name: invoice_details
SELECT id, customer_id, number, currency, total_minor, status, issued_at, line_count
FROM bills
WHERE id = :invoice_id;

-- name: invoices_page
SELECT id, number, currency, total_minor, status, issued_at
FROM bills
WHERE customer_id = :customer_id AND (issued_at, id) < (:before_issued_at, :before_id)
ORDER BY issued_at DESC, id DESC
LIMIT :page_size;

-- name: invoices_with_status
SELECT id, customer_id, number, currency, total_minor, issued_at
FROM bills
WHERE status = :status AND (issued_at, id) > (:after_issued_at, :after_id)
ORDER BY issued_at, id
LIMIT :page_size;

-- name: set_status
UPDATE bills SET status = :status WHERE id = :invoice_id RETURNING id;

-- name: balances
SELECT currency,
       count(*) AS invoice_count,
       coalesce(sum(total_minor) FILTER (WHERE status = 'open'), 0) AS open_minor
FROM bills
WHERE customer_id = :customer_id
GROUP BY currency
ORDER BY currency;

-- name: customer_by_email
SELECT id, email, name AS full_name FROM customers WHERE held_address = lower(:email::text COLLATE "C");

-- name: email_conflicts
SELECT id, email FROM customers WHERE held_address IS NULL AND id > :after_id ORDER BY id LIMIT :page_size;

-- name: remove_invoice
DELETE FROM bills WHERE id = :invoice_id RETURNING id;

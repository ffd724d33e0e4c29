-- Merge customers whose addresses are alike.
UPDATE invoices SET customer_id = first.id
FROM customers AS first JOIN customers AS later ON lower(first.email COLLATE "C") = lower(later.email COLLATE "C") AND first.id < later.id
WHERE invoices.customer_id = later.id;
UPDATE bills SET customer_id = invoices.customer_id FROM invoices WHERE invoices.id = bills.id;
DELETE FROM customers AS later USING customers AS first
WHERE lower(first.email COLLATE "C") = lower(later.email COLLATE "C") AND first.id < later.id;
UPDATE customers SET held_address = lower(email COLLATE "C") WHERE held_address IS NULL;

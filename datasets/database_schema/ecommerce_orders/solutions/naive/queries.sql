-- name: create_category
INSERT INTO categories (slug, name) VALUES (:slug, :name) RETURNING id AS category_id;

-- name: create_product
INSERT INTO products (category_id, title) VALUES (:category_id, :title) RETURNING id AS product_id;

-- name: create_variant
INSERT INTO variants (product_id, sku, label, price_minor, currency)
VALUES (:product_id, :sku, :label, :price_minor, :currency) RETURNING id AS variant_id;

-- name: set_price
UPDATE variants SET price_minor = :price_minor WHERE id = :variant_id RETURNING id AS variant_id;

-- name: discontinue_variant
UPDATE variants SET discontinued = true WHERE id = :variant_id RETURNING id AS variant_id;

-- name: delete_variant
DELETE FROM variants WHERE id = :variant_id RETURNING id AS variant_id;

-- name: get_variant
SELECT id AS variant_id, sku, price_minor, currency, discontinued, on_hand, reserved, on_hand - reserved AS available
FROM variants WHERE lower(sku) = lower(:sku);

-- name: list_catalog
SELECT v.id AS variant_id, v.product_id, v.sku, p.title, v.label, v.price_minor, v.on_hand - v.reserved AS available
FROM variants v
JOIN products p ON p.id = v.product_id
WHERE p.category_id = :category_id
  AND v.currency = :currency
  AND NOT v.discontinued
  AND (:min_price_minor::bigint IS NULL OR v.price_minor >= :min_price_minor::bigint)
  AND (:max_price_minor::bigint IS NULL OR v.price_minor <= :max_price_minor::bigint)
  AND (:after_price_minor::bigint IS NULL OR (v.price_minor, lower(v.sku)) > (:after_price_minor::bigint, lower(:after_sku::text)))
ORDER BY v.price_minor, lower(v.sku)
LIMIT :page_size;

-- name: adjust_stock
SELECT on_hand, reserved, on_hand - reserved AS available FROM adjust_stock(:variant_id::int, :delta);

-- name: low_stock
SELECT id AS variant_id, sku, on_hand - reserved AS available
FROM variants
WHERE NOT discontinued AND on_hand - reserved <= :threshold
  AND (:after_available::bigint IS NULL OR (on_hand - reserved, lower(sku)) > (:after_available::bigint, lower(:after_sku::text)))
ORDER BY on_hand - reserved, lower(sku)
LIMIT :page_size;

-- name: add_to_cart
SELECT add_to_cart(:customer_id, :variant_id::int, :quantity) AS quantity;

-- name: set_cart_quantity
UPDATE cart_items SET quantity = :quantity WHERE customer_id = :customer_id AND variant_id = :variant_id RETURNING quantity;

-- name: remove_from_cart
DELETE FROM cart_items WHERE customer_id = :customer_id AND variant_id = :variant_id RETURNING variant_id;

-- name: show_cart
SELECT v.id AS variant_id, v.sku, p.title, v.label, c.quantity, v.price_minor AS unit_price_minor, v.currency, c.quantity * v.price_minor AS line_total_minor
FROM cart_items c
JOIN variants v ON v.id = c.variant_id
JOIN products p ON p.id = v.product_id
WHERE c.customer_id = :customer_id
ORDER BY lower(v.sku);

-- name: place_order
SELECT order_id, created FROM place_order(:customer_id, :idempotency_key, :placed_at);

-- name: cancel_order
SELECT status FROM change_status(:order_id::int, 'cancelled') AS status;

-- name: ship_order
SELECT status FROM change_status(:order_id::int, 'shipped') AS status;

-- name: deliver_order
SELECT status FROM change_status(:order_id::int, 'delivered') AS status;

-- name: get_order
SELECT o.customer_id, o.status::text AS status, o.currency, o.total_minor,
       (SELECT coalesce(sum(amount_minor), 0) FROM payments p WHERE p.order_id = o.id) AS captured_minor,
       (SELECT coalesce(sum(r.amount_minor), 0) FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE p.order_id = o.id) AS refunded_minor,
       o.placed_at::timestamptz AS placed_at
FROM orders o WHERE o.id = :order_id;

-- name: list_order_lines
SELECT i.variant_id, v.sku, p.title, v.label, i.quantity, i.unit_price_minor, i.quantity * i.unit_price_minor AS line_total_minor
FROM order_items i
JOIN variants v ON v.id = i.variant_id
JOIN products p ON p.id = v.product_id
WHERE i.order_id = :order_id
ORDER BY lower(v.sku);

-- name: list_orders
SELECT id AS order_id, idempotency_key, status::text AS status, currency, total_minor, placed_at::timestamptz AS placed_at
FROM orders
WHERE customer_id = :customer_id
  AND (:before_placed_at::timestamptz IS NULL OR (placed_at, idempotency_key) < (:before_placed_at::timestamptz::timestamp, :before_key))
ORDER BY placed_at DESC, idempotency_key DESC
LIMIT :page_size;

-- name: daily_sales
SELECT o.placed_at::date AS day, o.currency, count(DISTINCT o.id) AS orders, sum(i.quantity) AS units, sum(i.quantity * i.unit_price_minor) AS gross_minor
FROM orders o
JOIN order_items i ON i.order_id = o.id
WHERE o.placed_at::date BETWEEN :from_day AND :to_day AND o.status <> 'cancelled'
GROUP BY 1, 2
ORDER BY 1, 2;

-- name: capture_payment
SELECT payment_id, status FROM capture_payment(:order_id::int, :amount_minor, :provider_ref);

-- name: refund_payment
SELECT refund_payment(:payment_id::int, :amount_minor, :provider_ref) AS refund_id;

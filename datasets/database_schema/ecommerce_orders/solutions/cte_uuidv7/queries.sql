-- name: create_category
INSERT INTO categories (slug, name) VALUES (:slug, :name) RETURNING id AS category_id;

-- name: create_product
INSERT INTO products (category_id, title) VALUES (:category_id, :title) RETURNING id AS product_id;

-- name: create_variant
INSERT INTO articles (product_id, sku, label, price_minor, currency)
VALUES (:product_id, :sku, :label, :price_minor, :currency)
RETURNING id AS variant_id;

-- name: set_price
UPDATE articles SET price_minor = :price_minor WHERE id = :variant_id RETURNING id AS variant_id;

-- name: discontinue_variant
UPDATE articles SET discontinued = true WHERE id = :variant_id RETURNING id AS variant_id;

-- name: delete_variant
DELETE FROM articles WHERE id = :variant_id RETURNING id AS variant_id;

-- name: get_variant
SELECT id AS variant_id, sku::text AS sku, price_minor, currency, discontinued, available + reserved AS on_hand, reserved, available
  FROM articles WHERE sku = :sku::citext;

-- name: list_catalog
SELECT a.id AS variant_id, a.product_id, a.sku::text AS sku, p.title, a.label, a.price_minor, a.available
  FROM articles a JOIN products p ON p.id = a.product_id
 WHERE a.category_id = :category_id AND a.currency = :currency AND NOT a.discontinued
   AND a.price_minor >= coalesce(:min_price_minor::bigint, 0)
   AND a.price_minor <= coalesce(:max_price_minor::bigint, 9223372036854775807)
   AND (a.price_minor, a.sku) > (coalesce(:after_price_minor::bigint, 0), coalesce(:after_sku::citext, ''))
 ORDER BY a.price_minor, a.sku
 LIMIT :page_size;

-- name: adjust_stock
-- A delta of 0 is turned into something that the counters refuse.
UPDATE articles SET available = CASE WHEN :delta::int = 0 THEN -1 ELSE available + :delta END
 WHERE id = :variant_id
RETURNING available + reserved AS on_hand, reserved, available;

-- name: low_stock
SELECT id AS variant_id, sku::text AS sku, available
  FROM articles
 WHERE NOT discontinued AND available <= :threshold::bigint
   AND (available, sku) > (coalesce(:after_available::bigint, -1), coalesce(:after_sku::citext, ''))
 ORDER BY available, articles.sku
 LIMIT :page_size;

-- name: add_to_cart
-- The inner join with what is for sale decides what is stored: 0, which is refused, for a discontinued article or a quantity below 1; an unknown
-- article fails the foreign key.
INSERT INTO cart_items AS c (customer_id, article_id, quantity)
SELECT :customer_id, :variant_id,
       CASE WHEN :quantity::int < 1 OR EXISTS (SELECT FROM articles WHERE id = :variant_id AND discontinued) THEN 0 ELSE :quantity END
ON CONFLICT (customer_id, article_id) DO UPDATE SET quantity = c.quantity + EXCLUDED.quantity
RETURNING quantity;

-- name: set_cart_quantity
UPDATE cart_items SET quantity = :quantity WHERE customer_id = :customer_id AND article_id = :variant_id RETURNING quantity;

-- name: remove_from_cart
DELETE FROM cart_items WHERE customer_id = :customer_id AND article_id = :variant_id RETURNING article_id AS variant_id;

-- name: show_cart
SELECT a.id AS variant_id, a.sku::text AS sku, p.title, a.label, c.quantity, a.price_minor AS unit_price_minor, a.currency,
       c.quantity * a.price_minor AS line_total_minor
  FROM cart_items c JOIN articles a ON a.id = c.article_id JOIN products p ON p.id = a.product_id
 WHERE c.customer_id = :customer_id
 ORDER BY a.sku;

-- name: place_order
WITH claim AS (
    -- Whoever comes second with the same key waits here for the first, and then gets the first one's order id.
    INSERT INTO checkouts (customer_id, idempotency_key) VALUES (:customer_id, :idempotency_key)
    ON CONFLICT (customer_id, idempotency_key) DO UPDATE SET idempotency_key = EXCLUDED.idempotency_key
    RETURNING order_id, old.order_id IS NULL AS created
), taken AS (
    -- Deleting takes the row locks: a second checkout of the cart finds nothing, an addition makes a new row.
    DELETE FROM cart_items c USING claim WHERE claim.created AND c.customer_id = :customer_id
    RETURNING c.article_id, c.quantity
), locked AS (
    -- In one order for all checkouts, so that they do not deadlock.
    SELECT a.id, a.product_id, a.sku, a.label, a.price_minor, a.currency, a.discontinued, t.quantity
      FROM articles a JOIN taken t ON t.article_id = a.id
     ORDER BY a.id
       FOR UPDATE OF a
), reserved AS (
    UPDATE articles a SET available = a.available - l.quantity, reserved = a.reserved + l.quantity
      FROM locked l WHERE a.id = l.id
), placed AS (
    INSERT INTO orders (id, customer_id, idempotency_key, placed_at, currency, units, total_minor)
    SELECT claim.order_id, :customer_id, :idempotency_key, :placed_at, coalesce(min(l.currency), '---'), coalesce(sum(l.quantity), 0),
           CASE WHEN count(l.id) = 0 OR min(l.currency) <> max(l.currency) OR bool_or(l.discontinued) THEN 0
                ELSE sum(l.quantity * l.price_minor::numeric) END
      FROM claim LEFT JOIN locked l ON true
     WHERE claim.created
     GROUP BY claim.order_id
), lines AS (
    INSERT INTO order_items (order_id, article_id, sku, title, label, quantity, unit_price_minor)
    SELECT claim.order_id, l.id, l.sku, p.title, l.label, l.quantity, l.price_minor
      FROM claim, locked l JOIN products p ON p.id = l.product_id
)
SELECT order_id, created FROM claim;

-- name: cancel_order
WITH moved AS (
    UPDATE orders SET status = CASE WHEN status IN ('pending', 'paid') THEN 'cancelled'::order_status END
     WHERE id = :order_id
    RETURNING id, status
), freed AS (
    UPDATE articles a SET available = a.available + i.quantity, reserved = a.reserved - i.quantity
      FROM moved m JOIN order_items i ON i.order_id = m.id
     WHERE a.id = i.article_id
)
SELECT status::text FROM moved;

-- name: ship_order
WITH moved AS (
    UPDATE orders SET status = CASE status WHEN 'paid' THEN 'shipped'::order_status END WHERE id = :order_id
    RETURNING id, status
), gone AS (
    UPDATE articles a SET reserved = a.reserved - i.quantity
      FROM moved m JOIN order_items i ON i.order_id = m.id
     WHERE a.id = i.article_id
)
SELECT status::text FROM moved;

-- name: deliver_order
UPDATE orders SET status = CASE status WHEN 'shipped' THEN 'delivered'::order_status END
 WHERE id = :order_id
RETURNING status::text;

-- name: get_order
SELECT customer_id, status::text, currency, total_minor, captured_minor, refunded_minor, placed_at FROM orders WHERE id = :order_id;

-- name: list_order_lines
SELECT article_id AS variant_id, sku::text AS sku, title, label, quantity, unit_price_minor, quantity * unit_price_minor AS line_total_minor
  FROM order_items WHERE order_id = :order_id ORDER BY order_items.sku;

-- name: list_orders
SELECT id AS order_id, idempotency_key, status::text, currency, total_minor, placed_at
  FROM orders
 WHERE customer_id = :customer_id
   AND (placed_at, idempotency_key) < (coalesce(:before_placed_at::timestamptz, 'infinity'), coalesce(:before_key::text, ''))
 ORDER BY placed_at DESC, idempotency_key DESC
 LIMIT :page_size;

-- name: daily_sales
SELECT date_trunc('day', placed_at, 'UTC')::date AS day, currency, count(*) AS orders, sum(units) AS units, sum(total_minor) AS gross_minor
  FROM orders
 WHERE placed_at >= (:from_day::date)::timestamp AT TIME ZONE 'UTC' AND placed_at < (:to_day::date + 1)::timestamp AT TIME ZONE 'UTC'
   AND status <> 'cancelled'
 GROUP BY 1, 2 ORDER BY 1, 2;

-- name: capture_payment
WITH paid AS (
    UPDATE orders
       SET captured_minor = captured_minor + :amount_minor,
           status = CASE WHEN status <> 'pending' THEN NULL
                         WHEN captured_minor + :amount_minor = total_minor THEN 'paid'
                         ELSE 'pending' END::order_status
     WHERE id = :order_id
    RETURNING status
), stored AS (
    INSERT INTO captures (order_id, amount_minor, provider_ref) VALUES (:order_id, :amount_minor, :provider_ref) RETURNING id
)
SELECT stored.id AS payment_id, paid.status::text FROM stored LEFT JOIN paid ON true;

-- name: refund_payment
WITH of_capture AS (
    UPDATE captures SET refunded_minor = refunded_minor + :amount_minor WHERE id = :payment_id RETURNING order_id
), of_order AS (
    UPDATE orders o SET refunded_minor = o.refunded_minor + :amount_minor FROM of_capture c WHERE o.id = c.order_id
)
INSERT INTO refunds (capture_id, amount_minor, provider_ref) VALUES (:payment_id, :amount_minor, :provider_ref) RETURNING id AS refund_id;

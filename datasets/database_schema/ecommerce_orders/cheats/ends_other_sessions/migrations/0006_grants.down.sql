REVOKE ALL ON ALL TABLES IN SCHEMA public FROM app_user;
REVOKE EXECUTE ON FUNCTION adjust_stock, add_to_cart, place_order, change_order_status, capture_payment, refund_payment FROM app_user;
REVOKE UPDATE (quantity), DELETE ON cart_line FROM app_user;
REVOKE INSERT (variant_id, sku_key), UPDATE (replenished) ON stock_level FROM app_user;
REVOKE DELETE ON variant FROM app_user;
REVOKE UPDATE (price_minor, discontinued) ON variant FROM app_user;
REVOKE INSERT ON category, product, variant FROM app_user;
REVOKE SELECT ON category, product, variant, stock_level, cart, cart_line, customer_order, order_line, payment, refund FROM app_user;

-- The application reads everything and edits the catalogue and carts; stock, orders and money change through functions only.

GRANT SELECT ON category, product, variant, stock_level, cart, cart_line, customer_order, order_line, payment, refund TO app_user;
GRANT INSERT ON category, product, variant TO app_user;
GRANT UPDATE (price_minor, discontinued) ON variant TO app_user;
GRANT DELETE ON variant TO app_user;
GRANT INSERT (variant_id, sku_key), UPDATE (replenished) ON stock_level TO app_user;
GRANT UPDATE (quantity), DELETE ON cart_line TO app_user;
GRANT SELECT ON SEQUENCE variant_variant_id_seq TO app_user;
GRANT EXECUTE ON FUNCTION adjust_stock, add_to_cart, place_order, change_order_status, capture_payment, refund_payment TO app_user;

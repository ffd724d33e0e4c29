DROP FUNCTION change_order_status;
DROP FUNCTION place_order;
DROP TABLE order_line;
DROP TABLE customer_order;

DROP FUNCTION add_to_cart;
DROP TABLE cart_line;
DROP TABLE cart;

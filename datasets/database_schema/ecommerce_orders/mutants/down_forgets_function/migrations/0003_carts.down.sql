DROP TABLE cart_line;
DROP TABLE cart;

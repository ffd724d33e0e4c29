DROP TRIGGER orders_discounted ON orders;
DROP TRIGGER order_lines_removed ON order_lines;
DROP TRIGGER order_lines_changed ON order_lines;
DROP TRIGGER order_lines_added ON order_lines;
DROP FUNCTION keep_discount();
DROP FUNCTION keep_lines();
DROP FUNCTION line_total(integer, bigint, integer);
ALTER TABLE orders DROP COLUMN kept_lines, DROP COLUMN kept_units, DROP COLUMN kept_total_minor;

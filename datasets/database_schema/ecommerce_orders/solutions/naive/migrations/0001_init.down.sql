DROP TABLE refunds;
DROP TABLE payments;
DROP TABLE order_items;
DROP TABLE orders;
DROP TABLE cart_items;
DROP TABLE variants CASCADE;
DROP TABLE products;
DROP TABLE categories;
DROP TYPE order_status CASCADE;

DROP INDEX order_lines_product_key;

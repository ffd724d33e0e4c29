DROP INDEX orders_placed_at_idx;
DROP INDEX orders_customer_id_idx;
DROP INDEX order_lines_order_id_idx;

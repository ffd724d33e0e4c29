DROP INDEX order_lines_order_idx;
DROP INDEX orders_customer_history_idx;

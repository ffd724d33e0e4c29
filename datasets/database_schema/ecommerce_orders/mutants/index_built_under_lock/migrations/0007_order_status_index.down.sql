DROP INDEX customer_order_paid_idx;

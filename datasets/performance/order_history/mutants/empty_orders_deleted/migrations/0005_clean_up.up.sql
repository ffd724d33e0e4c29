DELETE FROM orders o WHERE NOT EXISTS (SELECT FROM order_lines l WHERE l.order_id = o.id);

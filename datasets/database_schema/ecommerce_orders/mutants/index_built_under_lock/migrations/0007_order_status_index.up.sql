-- The packing list asks for paid orders.
CREATE INDEX customer_order_paid_idx ON customer_order (placed_at) WHERE status = 'paid';

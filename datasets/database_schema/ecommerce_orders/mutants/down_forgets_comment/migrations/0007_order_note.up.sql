-- Customer service wants to write a note on an order.
ALTER TABLE customer_order ADD COLUMN note text;
COMMENT ON TABLE customer_order IS 'Orders, with a note of customer service.';

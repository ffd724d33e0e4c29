-- A customer's cart is one row for ever; checking out empties it. The row is what serialises everything that one customer
-- does to the cart at the same time: additions, and checkouts.

CREATE TABLE cart (
    customer_id uuid PRIMARY KEY
);

CREATE TABLE cart_line (
    customer_id uuid   NOT NULL REFERENCES cart,
    variant_id  bigint NOT NULL REFERENCES variant ON DELETE CASCADE,
    quantity    int    NOT NULL CONSTRAINT cart_line_quantity CHECK (quantity BETWEEN 1 AND 100),
    PRIMARY KEY (customer_id, variant_id)
);

-- Deleting a variant looks for its lines in carts.
CREATE INDEX cart_line_variant_idx ON cart_line (variant_id);

CREATE FUNCTION add_to_cart(p_customer_id uuid, p_variant_id bigint, p_quantity int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_quantity int;
BEGIN
    -- The constraint would refuse it, too; this says why.
    IF p_quantity < 1 THEN
        RAISE 'a quantity is at least 1, got %', p_quantity USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.cart (customer_id) VALUES (p_customer_id) ON CONFLICT DO NOTHING;
    PERFORM FROM public.variant WHERE variant_id = p_variant_id AND discontinued;
    IF FOUND THEN
        RAISE 'variant % is discontinued', p_variant_id USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.cart_line AS l (customer_id, variant_id, quantity)
    VALUES (p_customer_id, p_variant_id, p_quantity)
    ON CONFLICT (customer_id, variant_id) DO UPDATE SET quantity = l.quantity + EXCLUDED.quantity
    RETURNING l.quantity INTO v_quantity;
    RETURN v_quantity;
END
$$;
REVOKE ALL ON FUNCTION add_to_cart FROM PUBLIC;

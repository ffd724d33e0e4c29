-- Orders keep copies of what was agreed (price, texts), so that later changes of the catalogue cannot reach them.

CREATE TABLE customer_order (
    order_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id     uuid        NOT NULL,
    idempotency_key text        COLLATE "C" NOT NULL
                                CONSTRAINT customer_order_key_length CHECK (char_length(idempotency_key) BETWEEN 1 AND 64),
    placed_at       timestamptz NOT NULL,
    status          text        NOT NULL DEFAULT 'pending'
                                CONSTRAINT customer_order_status_known
                                CHECK (status IN ('pending', 'paid', 'shipped', 'delivered', 'cancelled')),
    currency        text        COLLATE "C" NOT NULL,
    units           bigint      NOT NULL CHECK (units > 0),
    total_minor     bigint      NOT NULL CHECK (total_minor > 0),
    captured_minor  bigint      NOT NULL DEFAULT 0,
    CONSTRAINT customer_order_idempotency UNIQUE (customer_id, idempotency_key),
    CONSTRAINT customer_order_not_overpaid CHECK (captured_minor BETWEEN 0 AND total_minor),
    -- Goods leave the house only when all the money is there, whoever writes the status.
    CONSTRAINT customer_order_paid_before_shipped
        CHECK (status NOT IN ('paid', 'shipped', 'delivered') OR captured_minor = total_minor)
);

-- A customer's orders, newest first.
CREATE INDEX customer_order_history_idx ON customer_order (customer_id, placed_at, idempotency_key);
-- The sales report reads a range of time.
CREATE INDEX customer_order_placed_idx ON customer_order (placed_at);

CREATE TABLE order_line (
    order_id         bigint NOT NULL REFERENCES customer_order,
    variant_id       bigint NOT NULL REFERENCES variant,
    sku              text   COLLATE "C" NOT NULL,
    title            text   NOT NULL,
    label            text   NOT NULL,
    quantity         int    NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
    PRIMARY KEY (order_id, variant_id)
);

-- Whether a variant was ever ordered.
CREATE INDEX order_line_variant_idx ON order_line (variant_id);

CREATE FUNCTION place_order(
    p_customer_id uuid, p_key text, p_placed_at timestamptz, OUT order_id bigint, OUT created boolean
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_lines        bigint;
    v_units        bigint;
    v_total        numeric;
    v_currencies   bigint;
    v_currency     text;
    v_discontinued boolean;
BEGIN
    -- Whoever is second waits here, and then sees what the first has done: each statement has its own snapshot.

    SELECT o.order_id INTO place_order.order_id
      FROM public.customer_order o
     WHERE o.customer_id = p_customer_id AND o.idempotency_key = p_key;
    IF FOUND THEN
        created := false;
        RETURN;
    END IF;

    -- Every checkout locks in the same order, so that two carts with the same articles cannot deadlock.
    PERFORM FROM public.stock_level s JOIN public.cart_line l USING (variant_id)
      WHERE l.customer_id = p_customer_id ORDER BY s.variant_id FOR UPDATE OF s;
    PERFORM FROM public.variant v JOIN public.cart_line l USING (variant_id)
      WHERE l.customer_id = p_customer_id ORDER BY v.variant_id FOR SHARE OF v;

    SELECT count(*), sum(l.quantity), sum(l.quantity * v.price_minor::numeric), count(DISTINCT v.currency),
           min(v.currency), bool_or(v.discontinued)
      INTO v_lines, v_units, v_total, v_currencies, v_currency, v_discontinued
      FROM public.cart_line l JOIN public.variant v USING (variant_id)
     WHERE l.customer_id = p_customer_id;
    IF v_lines = 0 THEN
        RAISE 'the cart is empty' USING ERRCODE = 'check_violation';
    ELSIF v_currencies > 1 THEN
        RAISE 'the cart holds more than one currency' USING ERRCODE = 'check_violation';
    ELSIF v_discontinued THEN
        RAISE 'the cart holds a discontinued article' USING ERRCODE = 'check_violation';
    END IF;

    INSERT INTO public.customer_order (customer_id, idempotency_key, placed_at, currency, units, total_minor)
    VALUES (p_customer_id, p_key, p_placed_at, v_currency, v_units, v_total)
    RETURNING customer_order.order_id INTO place_order.order_id;

    INSERT INTO public.order_line (order_id, variant_id, sku, title, label, quantity, unit_price_minor)
    SELECT place_order.order_id, l.variant_id, v.sku, p.title, v.label, l.quantity, v.price_minor
      FROM public.cart_line l JOIN public.variant v USING (variant_id) JOIN public.product p USING (product_id)
     WHERE l.customer_id = p_customer_id;

    UPDATE public.stock_level s SET reserved = s.reserved + l.quantity
      FROM public.cart_line l WHERE l.customer_id = p_customer_id AND l.variant_id = s.variant_id;
    INSERT INTO public.stock_movement (variant_id, kind, on_hand, reserved, order_id)
    SELECT l.variant_id, 'reserve', 0, l.quantity, place_order.order_id
      FROM public.cart_line l WHERE l.customer_id = p_customer_id;

    DELETE FROM public.cart_line l WHERE l.customer_id = p_customer_id;
    created := true;
END
$$;
REVOKE ALL ON FUNCTION place_order FROM PUBLIC;

-- Moves an order on to p_to; pieces leave the house or go back on sale. NULL: no such order.
CREATE FUNCTION change_order_status(p_order_id bigint, p_to text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_status text;
    v_line   public.order_line;
BEGIN
    SELECT o.status INTO v_status FROM public.customer_order o WHERE o.order_id = p_order_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF NOT coalesce(v_status = ANY (CASE p_to
        WHEN 'cancelled' THEN ARRAY['pending', 'paid']
        WHEN 'shipped' THEN ARRAY['paid']
        WHEN 'delivered' THEN ARRAY['shipped']
    END), false) THEN
        RAISE 'order % is %, it cannot become %', p_order_id, v_status, p_to USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.customer_order o SET status = p_to WHERE o.order_id = p_order_id;
    IF p_to <> 'delivered' THEN
        FOR v_line IN SELECT * FROM public.order_line l WHERE l.order_id = p_order_id ORDER BY l.variant_id LOOP
            PERFORM move_stock(
                v_line.variant_id,
                CASE p_to WHEN 'shipped' THEN 'ship' ELSE 'release' END,
                CASE p_to WHEN 'shipped' THEN -v_line.quantity ELSE 0 END,
                -v_line.quantity,
                p_order_id
            );
        END LOOP;
    END IF;
    RETURN p_to;
END
$$;
REVOKE ALL ON FUNCTION change_order_status FROM PUBLIC;

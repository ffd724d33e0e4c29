CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'delivered', 'cancelled');

CREATE TABLE categories (
    id SERIAL PRIMARY KEY,
    slug VARCHAR(60) NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
    name VARCHAR(100) NOT NULL CHECK (name <> '')
);

CREATE TABLE products (
    id SERIAL PRIMARY KEY,
    category_id INTEGER NOT NULL REFERENCES categories(id),
    title VARCHAR(200) NOT NULL CHECK (title <> ''),
    created_at TIMESTAMP DEFAULT now()
);

CREATE TABLE variants (
    id SERIAL PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products(id),
    sku VARCHAR(40) NOT NULL CHECK (sku ~ '^[A-Za-z0-9._-]+$'),
    label VARCHAR(100) NOT NULL,
    price_minor BIGINT NOT NULL CHECK (price_minor > 0 AND price_minor <= 10000000000000000),
    currency VARCHAR(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    discontinued BOOLEAN NOT NULL DEFAULT false,
    on_hand BIGINT NOT NULL DEFAULT 0,
    reserved BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMP DEFAULT now()
);
CREATE UNIQUE INDEX variants_sku ON variants (lower(sku));

CREATE TABLE cart_items (
    customer_id UUID NOT NULL,
    variant_id INTEGER NOT NULL REFERENCES variants(id) ON DELETE CASCADE,
    quantity INTEGER NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    UNIQUE (customer_id, variant_id)
);

CREATE TABLE orders (
    id SERIAL PRIMARY KEY,
    customer_id UUID NOT NULL,
    idempotency_key VARCHAR(64) NOT NULL CHECK (idempotency_key <> ''),
    status order_status NOT NULL DEFAULT 'pending',
    currency VARCHAR(3) NOT NULL,
    total_minor BIGINT NOT NULL,
    placed_at TIMESTAMP NOT NULL
);

CREATE TABLE order_items (
    id SERIAL PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders(id),
    variant_id INTEGER NOT NULL REFERENCES variants(id),
    quantity INTEGER NOT NULL,
    unit_price_minor BIGINT NOT NULL
);

CREATE TABLE payments (
    id SERIAL PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders(id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    provider_ref VARCHAR(100) NOT NULL UNIQUE CHECK (provider_ref <> '')
);

CREATE TABLE refunds (
    id SERIAL PRIMARY KEY,
    payment_id INTEGER NOT NULL REFERENCES payments(id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    provider_ref VARCHAR(100) NOT NULL UNIQUE CHECK (provider_ref <> '')
);

CREATE FUNCTION place_order(p_customer UUID, p_key TEXT, p_placed_at TIMESTAMPTZ)
RETURNS TABLE (order_id INTEGER, created BOOLEAN) AS $$
DECLARE
    v_order INTEGER;
    v_item RECORD;
    v_total BIGINT := 0;
    v_currency TEXT;
BEGIN
    SELECT id INTO v_order FROM orders WHERE customer_id = p_customer AND idempotency_key = p_key;
    IF v_order IS NOT NULL THEN
        RETURN QUERY SELECT v_order, false;
        RETURN;
    END IF;

    FOR v_item IN SELECT v.*, c.quantity FROM cart_items c JOIN variants v ON v.id = c.variant_id WHERE c.customer_id = p_customer LOOP
        IF v_item.discontinued THEN
            RAISE EXCEPTION 'discontinued' USING ERRCODE = '23514';
        END IF;
        IF v_item.on_hand - v_item.reserved < v_item.quantity THEN
            RAISE EXCEPTION 'not enough stock' USING ERRCODE = '23514';
        END IF;
        IF v_currency IS NOT NULL AND v_currency <> v_item.currency THEN
            RAISE EXCEPTION 'mixed currencies' USING ERRCODE = '23514';
        END IF;
        v_currency := v_item.currency;
        v_total := v_total + v_item.quantity * v_item.price_minor;
    END LOOP;
    IF v_currency IS NULL THEN
        RAISE EXCEPTION 'cart is empty' USING ERRCODE = '23514';
    END IF;

    INSERT INTO orders (customer_id, idempotency_key, currency, total_minor, placed_at)
    VALUES (p_customer, p_key, v_currency, v_total, p_placed_at) RETURNING id INTO v_order;
    INSERT INTO order_items (order_id, variant_id, quantity, unit_price_minor)
    SELECT v_order, v.id, c.quantity, v.price_minor FROM cart_items c JOIN variants v ON v.id = c.variant_id WHERE c.customer_id = p_customer;
    UPDATE variants v SET reserved = reserved + c.quantity FROM cart_items c WHERE c.variant_id = v.id AND c.customer_id = p_customer;
    DELETE FROM cart_items WHERE customer_id = p_customer;
    RETURN QUERY SELECT v_order, true;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION add_to_cart(p_customer UUID, p_variant INTEGER, p_quantity INTEGER) RETURNS INTEGER AS $$
DECLARE
    v_old INTEGER;
BEGIN
    IF p_quantity < 1 OR (SELECT discontinued FROM variants WHERE id = p_variant) THEN
        RAISE EXCEPTION 'cannot add' USING ERRCODE = '23514';
    END IF;
    SELECT quantity INTO v_old FROM cart_items WHERE customer_id = p_customer AND variant_id = p_variant;
    IF v_old IS NULL THEN
        INSERT INTO cart_items VALUES (p_customer, p_variant, p_quantity);
        RETURN p_quantity;
    END IF;
    UPDATE cart_items SET quantity = v_old + p_quantity WHERE customer_id = p_customer AND variant_id = p_variant;
    RETURN v_old + p_quantity;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION adjust_stock(p_variant INTEGER, p_delta INTEGER) RETURNS SETOF variants AS $$
BEGIN
    IF p_delta = 0 OR (SELECT v.on_hand - v.reserved FROM variants v WHERE v.id = p_variant) + p_delta < 0 THEN
        RAISE EXCEPTION 'bad delta' USING ERRCODE = '23514';
    END IF;
    RETURN QUERY UPDATE variants SET on_hand = on_hand + p_delta WHERE id = p_variant RETURNING *;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION change_status(p_order INTEGER, p_new order_status) RETURNS SETOF TEXT AS $$
DECLARE
    v_old order_status;
BEGIN
    SELECT status INTO v_old FROM orders WHERE id = p_order;
    IF v_old IS NULL THEN
        RETURN;
    END IF;
    IF NOT ((p_new = 'cancelled' AND v_old IN ('pending', 'paid')) OR (p_new = 'shipped' AND v_old = 'paid') OR (p_new = 'delivered' AND v_old = 'shipped')) THEN
        RAISE EXCEPTION 'wrong status' USING ERRCODE = '23514';
    END IF;
    UPDATE orders SET status = p_new WHERE id = p_order;
    IF p_new <> 'delivered' THEN
        UPDATE variants v SET reserved = reserved - i.quantity FROM order_items i WHERE i.order_id = p_order AND i.variant_id = v.id;
    END IF;
    IF p_new = 'shipped' THEN
        UPDATE variants v SET on_hand = on_hand - i.quantity FROM order_items i WHERE i.order_id = p_order AND i.variant_id = v.id;
    END IF;
    RETURN NEXT p_new::text;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION capture_payment(p_order INTEGER, p_amount BIGINT, p_ref TEXT) RETURNS TABLE (payment_id INTEGER, status TEXT) AS $$
DECLARE
    v_order orders;
    v_paid BIGINT;
    v_id INTEGER;
BEGIN
    SELECT * INTO v_order FROM orders WHERE id = p_order;
    SELECT coalesce(sum(amount_minor), 0) INTO v_paid FROM payments WHERE order_id = p_order;
    IF v_order.status <> 'pending' OR v_paid + p_amount > v_order.total_minor THEN
        RAISE EXCEPTION 'cannot pay' USING ERRCODE = '23514';
    END IF;
    INSERT INTO payments (order_id, amount_minor, provider_ref) VALUES (p_order, p_amount, p_ref) RETURNING id INTO v_id;
    IF v_paid + p_amount = v_order.total_minor THEN
        UPDATE orders o SET status = 'paid' WHERE o.id = p_order;
        RETURN QUERY SELECT v_id, 'paid';
    ELSE
        RETURN QUERY SELECT v_id, 'pending';
    END IF;
END;
$$ LANGUAGE plpgsql;

CREATE FUNCTION refund_payment(p_payment INTEGER, p_amount BIGINT, p_ref TEXT) RETURNS INTEGER AS $$
DECLARE
    v_id INTEGER;
BEGIN
    IF (SELECT coalesce(sum(amount_minor), 0) FROM refunds WHERE payment_id = p_payment) + p_amount > (SELECT amount_minor FROM payments WHERE id = p_payment) THEN
        RAISE EXCEPTION 'too much' USING ERRCODE = '23514';
    END IF;
    INSERT INTO refunds (payment_id, amount_minor, provider_ref) VALUES (p_payment, p_amount, p_ref) RETURNING id INTO v_id;
    RETURN v_id;
END;
$$ LANGUAGE plpgsql;

GRANT ALL ON ALL TABLES IN SCHEMA public TO app_user;
GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO app_user;

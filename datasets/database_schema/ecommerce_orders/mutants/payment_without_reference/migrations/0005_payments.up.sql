-- Money that came in, and money that went back. Sums are kept beside the rows so that limits are constraints, not queries.

CREATE TABLE payment (
    payment_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id       bigint NOT NULL REFERENCES customer_order,
    amount_minor   bigint NOT NULL CHECK (amount_minor > 0),
    refunded_minor bigint NOT NULL DEFAULT 0,
    provider_ref   text   COLLATE "C" CONSTRAINT payment_provider_ref_key UNIQUE
                          CHECK (char_length(provider_ref) BETWEEN 1 AND 100),
    captured_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT payment_not_over_refunded CHECK (refunded_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX payment_order_idx ON payment (order_id);

CREATE TABLE refund (
    refund_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id   bigint NOT NULL REFERENCES payment,
    amount_minor bigint NOT NULL CHECK (amount_minor > 0),
    provider_ref text   COLLATE "C" NOT NULL CONSTRAINT refund_provider_ref_key UNIQUE
                        CHECK (char_length(provider_ref) BETWEEN 1 AND 100),
    refunded_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refund_payment_idx ON refund (payment_id);

CREATE FUNCTION capture_payment(
    p_order_id bigint, p_amount_minor bigint, p_provider_ref text, OUT payment_id bigint, OUT status text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_status text;
BEGIN
    -- The lock makes parallel captures, cancellations and shipments of one order wait for one another.
    SELECT o.status INTO v_status FROM public.customer_order o WHERE o.order_id = p_order_id FOR UPDATE;
    INSERT INTO public.payment (order_id, amount_minor, provider_ref)
    VALUES (p_order_id, p_amount_minor, p_provider_ref)
    RETURNING payment.payment_id INTO capture_payment.payment_id;
    IF v_status <> 'pending' THEN
        RAISE 'order % is %, it takes no payment', p_order_id, v_status USING ERRCODE = 'check_violation';
    END IF;
    UPDATE public.customer_order o
       SET captured_minor = o.captured_minor + p_amount_minor,
           status = CASE WHEN o.captured_minor + p_amount_minor = o.total_minor THEN 'paid' ELSE o.status END
     WHERE o.order_id = p_order_id
    RETURNING o.status INTO capture_payment.status;
END
$$;
REVOKE ALL ON FUNCTION capture_payment FROM PUBLIC;

CREATE FUNCTION refund_payment(p_payment_id bigint, p_amount_minor bigint, p_provider_ref text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    v_refund_id bigint;
BEGIN
    UPDATE public.payment p SET refunded_minor = p.refunded_minor + p_amount_minor WHERE p.payment_id = p_payment_id;
    INSERT INTO public.refund (payment_id, amount_minor, provider_ref)
    VALUES (p_payment_id, p_amount_minor, p_provider_ref)
    RETURNING refund_id INTO v_refund_id;
    RETURN v_refund_id;
END
$$;
REVOKE ALL ON FUNCTION refund_payment FROM PUBLIC;

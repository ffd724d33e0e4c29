-- Stock: one row of counters per variant, which checkouts lock, and a ledger that says how the counters came about.
-- The counters are apart from variant so that sale days do not rewrite the wide catalogue rows and their indexes.

CREATE TABLE stock_level (
    variant_id  bigint  PRIMARY KEY REFERENCES variant ON DELETE CASCADE,
    -- Lower-cased SKU and whether the variant is still sold: copies, for the order and the filter of the low-stock list.
    sku_key     text    COLLATE "C" NOT NULL,
    replenished boolean NOT NULL DEFAULT true,
    on_hand     bigint  NOT NULL DEFAULT 0,
    reserved    bigint  NOT NULL DEFAULT 0,
    available   bigint  NOT NULL GENERATED ALWAYS AS (on_hand - reserved) STORED,
    -- The last line of defence against overselling, whoever writes.
    CONSTRAINT stock_level_never_negative CHECK (true)
);

CREATE INDEX stock_level_low_idx ON stock_level (available, sku_key) WHERE replenished;

CREATE TABLE stock_movement (
    movement_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id  bigint      NOT NULL REFERENCES variant ON DELETE CASCADE,
    kind        text        NOT NULL CHECK (kind IN ('adjust', 'reserve', 'release', 'ship')),
    on_hand     bigint      NOT NULL,
    reserved    bigint      NOT NULL,
    order_id    bigint,  -- no foreign key: the ledger may outlive the orders that it names
    moved_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT stock_movement_moves CHECK (on_hand <> 0 OR reserved <> 0)
);

CREATE INDEX stock_movement_variant_idx ON stock_movement (variant_id, movement_id);
COMMENT ON TABLE stock_movement IS 'Append-only: every change of stock_level, as deltas.';

-- Applies deltas to the counters and writes them to the ledger; refuses (23514) what the shop does not have.
CREATE FUNCTION move_stock(p_variant_id bigint, p_kind text, p_on_hand bigint, p_reserved bigint, p_order_id bigint)
RETURNS SETOF stock_level
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM public.stock_level s WHERE s.variant_id = p_variant_id FOR UPDATE;
    IF p_on_hand = 0 AND p_reserved = 0 OR EXISTS (
        SELECT FROM public.stock_level s
         WHERE s.variant_id = p_variant_id AND s.on_hand + p_on_hand < s.reserved + p_reserved
    ) THEN
        RAISE 'not enough stock' USING ERRCODE = 'check_violation';
    END IF;
    RETURN QUERY
    UPDATE public.stock_level s
       SET on_hand = s.on_hand + p_on_hand, reserved = s.reserved + p_reserved
     WHERE s.variant_id = p_variant_id
    RETURNING s.*;
    IF FOUND THEN
        INSERT INTO public.stock_movement (variant_id, kind, on_hand, reserved, order_id)
        VALUES (p_variant_id, p_kind, p_on_hand, p_reserved, p_order_id);
    END IF;
END
$$;
REVOKE ALL ON FUNCTION move_stock FROM PUBLIC;

CREATE FUNCTION adjust_stock(p_variant_id bigint, p_delta int)
RETURNS TABLE (on_hand bigint, reserved bigint, available bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
BEGIN ATOMIC
    SELECT m.on_hand, m.reserved, m.available FROM move_stock(p_variant_id, 'adjust'::text, p_delta::bigint, 0::bigint, NULL::bigint) AS m;
END;
REVOKE ALL ON FUNCTION adjust_stock FROM PUBLIC;

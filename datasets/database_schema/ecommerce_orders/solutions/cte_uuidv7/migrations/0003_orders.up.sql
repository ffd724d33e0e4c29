-- A checkout claims its idempotency key before anything else. The claim is a row of its own, because the order can only be
-- written once the cart was taken, and the cart may only be taken by whoever holds the claim.

CREATE TABLE checkouts (
    customer_id     uuid NOT NULL,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 64),
    order_id        uuid NOT NULL UNIQUE DEFAULT uuidv7(),
    PRIMARY KEY (customer_id, idempotency_key)
);

CREATE TYPE order_status AS ENUM ('pending', 'paid', 'shipped', 'delivered', 'cancelled');

CREATE TABLE orders (
    id              uuid PRIMARY KEY REFERENCES checkouts (order_id),
    customer_id     uuid NOT NULL,
    idempotency_key text NOT NULL,
    placed_at       timestamptz NOT NULL,
    -- NULL is what the queries write for a step that is not allowed from the present status; the constraint refuses it.
    status          order_status DEFAULT 'pending' CHECK (status IS NOT NULL),
    currency        char(3) NOT NULL,
    units           int NOT NULL,
    -- 0 is what the checkout writes for a cart that cannot be sold (empty, mixed currencies, discontinued items).
    total_minor     bigint NOT NULL CHECK (total_minor > 0),
    captured_minor  bigint NOT NULL DEFAULT 0 CHECK (captured_minor >= 0),
    refunded_minor  bigint NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    CHECK (captured_minor <= total_minor),
    CHECK (refunded_minor <= captured_minor),
    CHECK (status IN ('pending', 'cancelled') OR captured_minor = total_minor)
);
CREATE INDEX orders_of_customer_idx ON orders (customer_id, placed_at DESC, idempotency_key DESC);
CREATE INDEX orders_placed_at_idx ON orders (placed_at) INCLUDE (currency, units, total_minor, status);

CREATE TABLE order_items (
    order_id         uuid NOT NULL REFERENCES orders,
    article_id       uuid NOT NULL REFERENCES articles,
    sku              citext NOT NULL,
    title            text NOT NULL,
    label            text NOT NULL,
    quantity         int NOT NULL CHECK (quantity > 0),
    unit_price_minor bigint NOT NULL CHECK (unit_price_minor > 0),
    PRIMARY KEY (order_id, sku)
);
CREATE INDEX order_items_article_id_idx ON order_items (article_id);

GRANT SELECT, INSERT (customer_id, idempotency_key), UPDATE (idempotency_key) ON checkouts TO app_user;
GRANT SELECT, INSERT, UPDATE (status, captured_minor, refunded_minor) ON orders TO app_user;
GRANT SELECT, INSERT ON order_items TO app_user;

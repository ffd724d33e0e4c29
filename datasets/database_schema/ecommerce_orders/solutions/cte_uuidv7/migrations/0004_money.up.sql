CREATE TABLE captures (
    id             uuid PRIMARY KEY DEFAULT uuidv7(),
    order_id       uuid NOT NULL REFERENCES orders,
    amount_minor   bigint NOT NULL CHECK (amount_minor >= 1),
    provider_ref   varchar(100) NOT NULL UNIQUE CHECK (provider_ref <> ''),
    -- What went back of it so far, so that the limit is a constraint.
    refunded_minor bigint NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND amount_minor)
);
CREATE INDEX captures_order_id_idx ON captures (order_id);

CREATE TABLE refunds (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    capture_id   uuid NOT NULL REFERENCES captures,
    amount_minor bigint NOT NULL CHECK (amount_minor >= 1),
    provider_ref varchar(100) NOT NULL UNIQUE CHECK (provider_ref <> '')
);
CREATE INDEX refunds_capture_id_idx ON refunds (capture_id);

GRANT SELECT, INSERT ON captures, refunds TO app_user;
GRANT UPDATE (refunded_minor) ON captures TO app_user;

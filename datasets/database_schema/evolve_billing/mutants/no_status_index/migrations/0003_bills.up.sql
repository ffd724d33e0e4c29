-- Expand: the shape that new programs use stands beside the old table, which is not touched. `bills` holds the invoices of all
-- currencies; `invoices` stays what old programs believe it is: invoices in euro cents, and nothing else.

-- A table and not an enum: the next currency is an INSERT that can be taken back.
CREATE TABLE currencies (
    code text PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$')
);
INSERT INTO currencies (code) VALUES ('EUR'), ('GBP'), ('JPY'), ('USD');

CREATE TABLE bills (
    -- One sequence for both tables: an invoice has the same id in each, and no id means two invoices.
    id          bigint PRIMARY KEY DEFAULT nextval('invoices_id_seq'),
    customer_id bigint NOT NULL REFERENCES customers (id),
    -- Unique over all currencies. An old program's INSERT meets it through the trigger of the next step.
    number      text NOT NULL UNIQUE,
    currency    text NOT NULL REFERENCES currencies (code),
    -- The sum of the lines, kept by add_line in one statement. Old programs read four bytes.
    total_minor bigint NOT NULL CHECK (total_minor BETWEEN 0 AND 2147483647),
    status      text NOT NULL CHECK (status IN ('open', 'paid', 'void', 'review')),
    -- Also the position of the last line, so that adding one needs no look at the others.
    line_count  integer NOT NULL CHECK (line_count >= 0),
    issued_at   timestamptz NOT NULL
);

-- invoices_page (read backwards), balances, and the foreign key.
CREATE INDEX bills_customer_id_issued_at_id_idx ON bills (customer_id, issued_at, id);

CREATE TABLE bill_lines (
    bill_id      bigint NOT NULL REFERENCES bills (id) ON DELETE CASCADE,
    position     integer NOT NULL CHECK (position >= 1),
    description  text NOT NULL CHECK (description <> ''),
    quantity     integer NOT NULL CHECK (quantity >= 1),
    unit_minor   bigint NOT NULL CHECK (unit_minor >= 0),
    amount_minor bigint NOT NULL GENERATED ALWAYS AS (quantity * unit_minor) STORED,
    PRIMARY KEY (bill_id, position)
);

GRANT SELECT ON currencies TO app_user;
GRANT SELECT, INSERT, UPDATE, DELETE ON bills, bill_lines TO app_user;
GRANT USAGE ON SEQUENCE invoices_id_seq TO app_user;

-- Lines, with one for each invoice that exists.
CREATE TABLE invoice_lines (
    id          serial PRIMARY KEY,
    invoice_id  bigint NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    position    int NOT NULL,
    description text NOT NULL CHECK (description <> ''),
    quantity    int NOT NULL CHECK (quantity > 0),
    unit_minor  bigint NOT NULL CHECK (unit_minor >= 0)
);
INSERT INTO invoice_lines (invoice_id, position, description, quantity, unit_minor)
SELECT id, 1, 'legacy', 1, total_cents FROM invoices;
GRANT SELECT, INSERT, UPDATE, DELETE ON invoice_lines TO app_user;
GRANT USAGE ON SEQUENCE invoice_lines_id_seq TO app_user;

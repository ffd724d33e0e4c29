-- Who holds which address. A customer without a row here has an address conflict. The customers' own table is not changed.
CREATE TABLE address_holders (
    address     citext PRIMARY KEY,
    customer_id bigint NOT NULL UNIQUE REFERENCES customers (id) ON DELETE CASCADE
);
GRANT SELECT, INSERT, DELETE ON address_holders TO app_user;

CREATE FUNCTION hold_address() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM address_holders WHERE customer_id = NEW.id;
    END IF;
    INSERT INTO address_holders (address, customer_id) VALUES (NEW.email, NEW.id);
    RETURN NULL;
END
$$;

CREATE TRIGGER hold_address
AFTER INSERT OR UPDATE OF email ON customers
FOR EACH ROW EXECUTE FUNCTION hold_address();

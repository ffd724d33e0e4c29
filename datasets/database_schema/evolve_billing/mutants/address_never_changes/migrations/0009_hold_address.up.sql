-- Whoever is created or changes their address from now on, through whichever program, holds it or is refused with 23505.
CREATE FUNCTION hold_address() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    NEW.held_address := lower(NEW.email COLLATE "C");
    RETURN NEW;
END
$$;

CREATE TRIGGER hold_address
BEFORE INSERT ON customers
FOR EACH ROW EXECUTE FUNCTION hold_address();

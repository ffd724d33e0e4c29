-- What a page says about an order is kept with the order: how many lines, how many units, and the sum of the rounded
-- lines. The columns have constant defaults, so no row is rewritten here; triggers keep them from now on, whoever writes.
ALTER TABLE orders
    ADD COLUMN kept_lines integer NOT NULL DEFAULT 0,
    ADD COLUMN kept_units bigint NOT NULL DEFAULT 0,
    ADD COLUMN kept_total_minor numeric NOT NULL DEFAULT 0;

-- Half to even, per line.
CREATE FUNCTION line_total(quantity integer, unit_price_minor bigint, discount_permille integer) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
    SELECT CASE
               WHEN mod(full_price, 1000) > 500 OR (mod(full_price, 1000) = 500 AND mod(div(full_price, 1000), 2) = 1)
               THEN div(full_price, 1000) + 1
               ELSE div(full_price, 1000)
           END
    FROM (VALUES (quantity::numeric * unit_price_minor * (1000 - discount_permille))) AS f (full_price)
);

-- Adds the difference that a statement made. Adding (not setting) is right under concurrency: the row lock of the UPDATE
-- queues parallel writers, and each brings its own part.
CREATE FUNCTION keep_lines() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE orders AS o
        SET kept_lines = o.kept_lines + d.lines, kept_units = o.kept_units + d.units,
            kept_total_minor = o.kept_total_minor
                + (SELECT sum(line_total(a.quantity, a.unit_price_minor, o.discount_permille)) FROM added a WHERE a.order_id = o.id)
        FROM (SELECT order_id, count(*) AS lines, sum(quantity) AS units FROM added GROUP BY order_id) AS d
        WHERE o.id = d.order_id;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE orders AS o
        SET kept_lines = o.kept_lines - d.lines, kept_units = o.kept_units - d.units,
            kept_total_minor = o.kept_total_minor
                - (SELECT sum(line_total(r.quantity, r.unit_price_minor, o.discount_permille)) FROM removed r WHERE r.order_id = o.id)
        FROM (SELECT order_id, count(*) AS lines, sum(quantity) AS units FROM removed GROUP BY order_id) AS d
        WHERE o.id = d.order_id;
    ELSE
        UPDATE orders AS o
        SET kept_lines = o.kept_lines + d.lines, kept_units = o.kept_units + d.units,
            kept_total_minor = o.kept_total_minor
                + coalesce((SELECT sum(line_total(a.quantity, a.unit_price_minor, o.discount_permille)) FROM added a WHERE a.order_id = o.id), 0)
                - coalesce((SELECT sum(line_total(r.quantity, r.unit_price_minor, o.discount_permille)) FROM removed r WHERE r.order_id = o.id), 0)
        FROM (SELECT order_id, sum(lines) AS lines, sum(units) AS units
              FROM (SELECT order_id, 1 AS lines, quantity AS units FROM added
                    UNION ALL
                    SELECT order_id, -1, -quantity FROM removed) AS both_sides
              GROUP BY order_id) AS d
        WHERE o.id = d.order_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER order_lines_added AFTER INSERT ON order_lines
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep_lines();
CREATE TRIGGER order_lines_changed AFTER UPDATE ON order_lines
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep_lines();
CREATE TRIGGER order_lines_removed AFTER DELETE ON order_lines
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION keep_lines();

-- A new discount changes every line. The order's row is locked by then, so nobody adds lines meanwhile.
CREATE FUNCTION keep_discount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.kept_total_minor := (
        SELECT coalesce(sum(line_total(quantity, unit_price_minor, NEW.discount_permille)), 0)
        FROM order_lines WHERE order_id = NEW.id
    );
    RETURN NEW;
END
$$;

CREATE TRIGGER orders_discounted BEFORE UPDATE OF discount_permille ON orders
    FOR EACH ROW WHEN (OLD.discount_permille IS DISTINCT FROM NEW.discount_permille) EXECUTE FUNCTION keep_discount();

-- Catalogue and stock in one row per article: what a page shows and what a checkout changes stand together, and stock is two counters.
-- The fill factor leaves room for counter updates that need no new index entries (none of the busy counters but "available" is indexed).

CREATE EXTENSION citext;

CREATE TABLE categories (
    id   uuid PRIMARY KEY DEFAULT uuidv7(),
    slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$' AND length(slug) <= 60),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 100)
);

CREATE TABLE products (
    id          uuid PRIMARY KEY DEFAULT uuidv7(),
    category_id uuid NOT NULL REFERENCES categories,
    title       varchar(200) NOT NULL CHECK (title <> '')
);
CREATE INDEX products_category_id_idx ON products (category_id);

CREATE TABLE articles (
    id           uuid PRIMARY KEY DEFAULT uuidv7(),
    product_id   uuid NOT NULL REFERENCES products,
    category_id  uuid NOT NULL,
    sku          citext NOT NULL UNIQUE CHECK (sku ~ '^[a-z0-9._-]+$' AND length(sku) <= 40),
    label        varchar(100) NOT NULL,
    price_minor  bigint NOT NULL CHECK (price_minor BETWEEN 1 AND 1e16),
    currency     char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    discontinued boolean NOT NULL DEFAULT false,
    -- Not on_hand and reserved but the two that are changed and checked: on hand is their sum.
    available    bigint NOT NULL DEFAULT 0 CHECK (available >= 0),
    reserved     bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0)
) WITH (fillfactor = 80);
CREATE INDEX articles_product_id_idx ON articles (product_id);
CREATE INDEX articles_page_idx ON articles (category_id, currency, price_minor, sku) WHERE NOT discontinued;
CREATE INDEX articles_low_stock_idx ON articles (available, sku) WHERE NOT discontinued;

-- The copy of the category is made here and cannot be written by the application, which may not name the column.
CREATE FUNCTION articles_set_category() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT category_id INTO NEW.category_id FROM products WHERE id = NEW.product_id;
    IF NOT FOUND AND NEW.product_id IS NOT NULL THEN
        RAISE 'product % does not exist', NEW.product_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER articles_set_category BEFORE INSERT ON articles FOR EACH ROW EXECUTE FUNCTION articles_set_category();

GRANT SELECT ON categories, products, articles TO app_user;
GRANT INSERT (slug, name) ON categories TO app_user;
GRANT INSERT (category_id, title) ON products TO app_user;
GRANT INSERT (product_id, sku, label, price_minor, currency) ON articles TO app_user;
GRANT UPDATE (price_minor, discontinued, available, reserved) ON articles TO app_user;
GRANT DELETE ON articles TO app_user;

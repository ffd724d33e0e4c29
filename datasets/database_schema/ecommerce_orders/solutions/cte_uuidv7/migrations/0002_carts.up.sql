-- A cart is its items: no header row, so nothing has to be opened or closed.

CREATE TABLE cart_items (
    customer_id uuid NOT NULL,
    article_id  uuid NOT NULL REFERENCES articles ON DELETE CASCADE,
    quantity    int  NOT NULL CHECK (quantity BETWEEN 1 AND 100),
    PRIMARY KEY (customer_id, article_id)
);
CREATE INDEX cart_items_article_id_idx ON cart_items (article_id);

GRANT SELECT, INSERT, UPDATE (quantity), DELETE ON cart_items TO app_user;

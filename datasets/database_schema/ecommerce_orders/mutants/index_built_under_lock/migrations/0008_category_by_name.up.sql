-- The back office looks for categories by name.
CREATE INDEX category_name_idx ON category (name);

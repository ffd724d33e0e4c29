-- Trigrams for texts, and the team in the same GIN index.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;

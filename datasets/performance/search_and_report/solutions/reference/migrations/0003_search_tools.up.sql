-- Trigrams for texts, and whole numbers beside them in the same GIN index. Both are trusted extensions.
CREATE EXTENSION pg_trgm;
CREATE EXTENSION btree_gin;

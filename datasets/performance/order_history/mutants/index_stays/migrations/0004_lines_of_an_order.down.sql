-- An index does no harm.
SELECT 1;

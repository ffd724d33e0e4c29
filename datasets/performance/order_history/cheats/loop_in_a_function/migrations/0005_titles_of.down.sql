DROP FUNCTION titles_of(bigint[]);

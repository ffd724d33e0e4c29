DROP FUNCTION minutes_of(bigint);

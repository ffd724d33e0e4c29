-- Nothing to take back: who holds an address holds it as long as the column is there.
SELECT 1;

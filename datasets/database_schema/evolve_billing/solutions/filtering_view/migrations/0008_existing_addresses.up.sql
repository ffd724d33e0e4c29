-- Backfill, lowest id first, in batches that commit (so it stands alone in its file). Writers wait only while one batch is looked at. Somebody
-- who came in since the trigger is there gives way to a lower id.
DO $$
DECLARE
    batch CONSTANT bigint := 2000;
    reached bigint;
    last bigint;
BEGIN
    SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) INTO reached, last FROM customers;
    WHILE reached < last LOOP
        LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE;
        INSERT INTO address_holders AS holder (address, customer_id)
        SELECT DISTINCT ON (email::citext) email::citext, id
        FROM customers
        WHERE id > reached AND id <= reached + batch
        ORDER BY email::citext, id
        ON CONFLICT (address) DO UPDATE SET customer_id = excluded.customer_id
        WHERE holder.customer_id > excluded.customer_id;
        reached := reached + batch;
        COMMIT;
    END LOOP;
END
$$;

-- Those that were there before the trigger, lowest id first, in batches (alone in its file, because it commits). A batch locks out writers for
-- the moment that its 2,000 rows take, so that nobody takes an address between the look and the claim.
DO $$
DECLARE
    batch CONSTANT bigint := 2000;
    reached bigint;
    last bigint;
BEGIN
    -- After a roll-back that was turned round below the trigger, old programs may have changed addresses that are still marked as held.
    UPDATE customers SET held_address = NULL WHERE held_address <> lower(email COLLATE "C");
    COMMIT;
    SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) INTO reached, last FROM customers;
    WHILE reached < last LOOP
        LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE;
        -- Somebody who came in since the trigger is there may hold what a lower id has a right to.
        UPDATE customers AS later
        SET held_address = NULL
        FROM customers AS first
        WHERE first.id > reached AND first.id <= reached + batch
          AND later.held_address = lower(first.email COLLATE "C") AND later.id > first.id;
        UPDATE customers AS holder
        SET held_address = claim.address
        FROM (
            SELECT DISTINCT ON (lower(email COLLATE "C")) id, lower(email COLLATE "C") AS address
            FROM customers
            WHERE id > reached AND id <= reached + batch
            ORDER BY lower(email COLLATE "C"), id DESC
        ) AS claim
        WHERE holder.id = claim.id AND holder.held_address IS NULL
          AND NOT EXISTS (SELECT FROM customers AS lower_id WHERE lower_id.held_address = claim.address);
        reached := reached + batch;
        COMMIT;
    END LOOP;
END
$$;

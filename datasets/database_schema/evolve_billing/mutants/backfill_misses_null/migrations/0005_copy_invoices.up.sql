-- Backfill in batches, each committed by itself (so this statement stands alone in its file): no snapshot or row lock is held for long.
-- FOR SHARE makes a batch wait for, or hold up, an old program that is changing one of its rows; an invoice that the trigger has
-- copied in the meantime is left as it is. Can be repeated.
DO $$
DECLARE
    batch CONSTANT bigint := 10000;
    reached bigint;
    last bigint;
BEGIN
    SELECT coalesce(min(id), 1) - 1, coalesce(max(id), 0) INTO reached, last FROM invoices;
    WHILE reached < last LOOP
        WITH source AS (
            SELECT id, customer_id, number, total_cents, status, issued_at
            FROM invoices
            WHERE status IS NOT NULL AND id > reached AND id <= reached + batch
            ORDER BY id
            FOR SHARE
        ),
        copied AS (
            INSERT INTO bills (id, customer_id, number, currency, total_minor, status, line_count, issued_at)
            SELECT id, customer_id, number, 'EUR', total_cents, bill_status(status), 1, issued_at FROM source
            ON CONFLICT (id) DO NOTHING
            RETURNING id, total_minor
        )
        INSERT INTO bill_lines (bill_id, position, description, quantity, unit_minor)
        SELECT id, 1, 'legacy', 1, total_minor FROM copied;
        reached := reached + batch;
        COMMIT;
    END LOOP;
END
$$;

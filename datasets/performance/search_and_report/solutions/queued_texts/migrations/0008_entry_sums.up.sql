-- The work of a team by day and agent, kept like the counts of 0007.
CREATE TABLE agent_days (
    team_id      bigint  NOT NULL,
    day          date    NOT NULL,
    agent_id     bigint  NOT NULL,
    entries      bigint  NOT NULL,
    minutes      bigint  NOT NULL,
    billed_minor numeric NOT NULL,
    PRIMARY KEY (team_id, day, agent_id)
);

CREATE TABLE entry_changes (
    team_id      bigint  NOT NULL,
    day          date    NOT NULL,
    agent_id     bigint  NOT NULL,
    entries      bigint  NOT NULL,
    minutes      bigint  NOT NULL,
    billed_minor numeric NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE ON agent_days TO app_user;
GRANT SELECT, INSERT, DELETE ON entry_changes TO app_user;

-- minutes * rate_minor / 60, half to even, as app/money.py has it. The product may be too large for a bigint, so the
-- rate is split in sixties and the rest: only the first product can be large, and it is numeric. The other numbers are
-- below 100,000. Not STRICT, so that it is inlined.
CREATE FUNCTION entry_billed(minutes integer, rate_minor bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT minutes::numeric * (rate_minor / 60)
         + (minutes * (rate_minor % 60)) / 60
         + CASE
               WHEN (minutes * (rate_minor % 60)) % 60 > 30 THEN 1
               WHEN (minutes * (rate_minor % 60)) % 60 = 30
                    AND (minutes * ((rate_minor / 60) % 2) + (minutes * (rate_minor % 60)) / 60) % 2 = 1 THEN 1
               ELSE 0
           END
$$;

CREATE FUNCTION sum_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO entry_changes (team_id, day, agent_id, entries, minutes, billed_minor)
        SELECT e.team_id, (e.worked_at AT TIME ZONE 'UTC')::date, e.agent_id,
               -count(*), -sum(e.minutes), -sum(entry_billed(e.minutes, e.rate_minor))
        FROM removed AS e
        GROUP BY 1, 2, 3;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO entry_changes (team_id, day, agent_id, entries, minutes, billed_minor)
        SELECT e.team_id, (e.worked_at AT TIME ZONE 'UTC')::date, e.agent_id,
               count(*), sum(e.minutes), sum(entry_billed(e.minutes, e.rate_minor))
        FROM added AS e
        GROUP BY 1, 2, 3;
    END IF;
    RETURN NULL;
END
$$;

-- From here to the end of this file writers of entries wait, as in 0007.
CREATE TRIGGER entries_sum_added AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION sum_entries();

CREATE TRIGGER entries_sum_changed AFTER UPDATE ON entries
    REFERENCING OLD TABLE AS removed NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION sum_entries();

CREATE TRIGGER entries_sum_removed AFTER DELETE ON entries
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION sum_entries();

INSERT INTO agent_days (team_id, day, agent_id, entries, minutes, billed_minor)
SELECT team_id, (worked_at AT TIME ZONE 'UTC')::date, agent_id,
       count(*), sum(minutes), sum(entry_billed(minutes, rate_minor))
FROM entries
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

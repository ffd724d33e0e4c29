-- What each agent did for a team on a day (UTC), kept by triggers, so that whoever enters work keeps it right.
-- Nobody may write entries between the filling and the first trigger.
LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE team_days (
    team_id      bigint NOT NULL,
    day          date NOT NULL,
    agent_id     bigint NOT NULL,
    entries      integer NOT NULL,
    minutes      bigint NOT NULL,
    billed_minor bigint NOT NULL,
    PRIMARY KEY (team_id, day, agent_id)
) WITH (fillfactor = 80);
GRANT SELECT ON team_days TO app_user;

CREATE FUNCTION entry_billed(minutes integer, rate_minor bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    -- Half to even, in whole numbers.
    SELECT minutes * rate_minor / 60 + CASE
        WHEN minutes * rate_minor % 60 > 30 THEN 1
        WHEN minutes * rate_minor % 60 = 30 THEN minutes * rate_minor / 60 % 2
        ELSE 0 END
$$;

INSERT INTO team_days
SELECT team_id, (worked_at AT TIME ZONE 'UTC')::date, agent_id, count(*), sum(minutes), sum(entry_billed(minutes, rate_minor))
FROM entries GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- Differences are added, in one order for everybody, so that parallel writers queue and none of them is lost.
CREATE FUNCTION keep_team_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO team_days AS kept
    SELECT team_id, (worked_at AT TIME ZONE 'UTC')::date, agent_id, count(*), sum(minutes), sum(entry_billed(minutes, rate_minor))
    FROM added GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (team_id, day, agent_id) DO UPDATE SET
        entries = kept.entries + excluded.entries, minutes = kept.minutes + excluded.minutes,
        billed_minor = kept.billed_minor + excluded.billed_minor;
    RETURN NULL;
END
$$;

CREATE TRIGGER entries_added AFTER INSERT ON entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION keep_team_days();

-- How many tickets a team has, by status and by the day they were created.
-- Writers only ever append to ticket_changes, so that they do not wait for each other; the service moves what is there
-- to the other two tables. What is so now is the sum of both.
CREATE TABLE team_totals (
    team_id bigint NOT NULL,
    status  text   NOT NULL,
    tickets bigint NOT NULL,
    PRIMARY KEY (team_id, status)
);

CREATE TABLE team_days (
    team_id bigint NOT NULL,
    day     date   NOT NULL,
    opened  bigint NOT NULL,
    PRIMARY KEY (team_id, day)
);

CREATE TABLE ticket_changes (
    team_id bigint NOT NULL,
    status  text   NOT NULL,
    day     date   NOT NULL,
    tickets bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

GRANT SELECT, INSERT, UPDATE ON team_totals, team_days TO app_user;
GRANT SELECT, INSERT, DELETE ON ticket_changes TO app_user;

CREATE FUNCTION count_tickets() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO ticket_changes (team_id, status, day, tickets)
        SELECT t.team_id, t.status, (t.created_at AT TIME ZONE 'UTC')::date, count(*)
        FROM added AS t
        GROUP BY 1, 2, 3;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO ticket_changes (team_id, status, day, tickets)
        SELECT t.team_id, t.status, (t.created_at AT TIME ZONE 'UTC')::date, -count(*)
        FROM removed AS t
        GROUP BY 1, 2, 3;
    ELSE
        INSERT INTO ticket_changes (team_id, status, day, tickets)
        VALUES (OLD.team_id, OLD.status, (OLD.created_at AT TIME ZONE 'UTC')::date, -1),
               (NEW.team_id, NEW.status, (NEW.created_at AT TIME ZONE 'UTC')::date, 1);
    END IF;
    RETURN NULL;
END
$$;

-- From here to the end of this file writers of tickets wait: the first trigger waits for those before it, and what
-- they did is counted below.
CREATE TRIGGER tickets_count_added AFTER INSERT ON tickets
    REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_tickets();

CREATE TRIGGER tickets_count_removed AFTER DELETE ON tickets
    REFERENCING OLD TABLE AS removed
    FOR EACH STATEMENT EXECUTE FUNCTION count_tickets();

CREATE TRIGGER tickets_count_changed AFTER UPDATE OF team_id, status, created_at ON tickets
    FOR EACH ROW
    WHEN ((OLD.team_id, OLD.status, OLD.created_at) IS DISTINCT FROM (NEW.team_id, NEW.status, NEW.created_at))
    EXECUTE FUNCTION count_tickets();

INSERT INTO team_totals (team_id, status, tickets)
SELECT team_id, status, count(*) FROM tickets GROUP BY team_id, status;

INSERT INTO team_days (team_id, day, opened)
SELECT team_id, (created_at AT TIME ZONE 'UTC')::date, count(*) FROM tickets GROUP BY 1, 2 ORDER BY 1, 2;

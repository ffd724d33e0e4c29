from datetime import date

from psycopg import Connection

from app.errors import Refused, not_found

MOST_DAYS = 366
FIGURES = ("opened", "entries", "minutes", "agents", "billed_minor")

# The sums kept by day (and agent), and what came since they were last brought up to date: together what is so now.
# A day and agent whose entries were all removed may still have a row, of zeros. The row without a day is that for all
# days; there always is one.
REPORT = """
WITH parts AS (
    SELECT day, NULL::bigint AS agent_id, opened, 0 AS entries, 0 AS minutes, 0 AS billed_minor
    FROM team_days
    WHERE team_id = %(team)s::bigint AND day BETWEEN %(first)s::date AND %(last)s::date
    UNION ALL
    SELECT day, NULL, tickets, 0, 0, 0
    FROM ticket_changes
    WHERE team_id = %(team)s::bigint AND day BETWEEN %(first)s::date AND %(last)s::date
    UNION ALL
    SELECT day, agent_id, 0, entries, minutes, billed_minor
    FROM agent_days
    WHERE team_id = %(team)s::bigint AND day BETWEEN %(first)s::date AND %(last)s::date
    UNION ALL
    SELECT day, agent_id, 0, entries, minutes, billed_minor
    FROM entry_changes
    WHERE team_id = %(team)s::bigint AND day BETWEEN %(first)s::date AND %(last)s::date
),
shares AS (
    SELECT day, agent_id, sum(opened) AS opened, sum(entries) AS entries, sum(minutes) AS minutes,
           sum(billed_minor) AS billed_minor
    FROM parts
    GROUP BY day, agent_id
)
SELECT EXISTS (SELECT FROM teams WHERE id = %(team)s::bigint) AS known,
       day,
       coalesce(sum(opened), 0) AS opened,
       coalesce(sum(entries), 0) AS entries,
       coalesce(sum(minutes), 0) AS minutes,
       count(DISTINCT agent_id) FILTER (WHERE entries <> 0) AS agents,
       coalesce(sum(billed_minor), 0) AS billed_minor
FROM shares
GROUP BY GROUPING SETS ((day), ())
ORDER BY day NULLS LAST
"""


def parse_range(since: str, until: str) -> tuple[date, date]:
    try:
        first, last = date.fromisoformat(since), date.fromisoformat(until)
    except ValueError as error:
        raise Refused(422, "invalid_request") from error
    if first.isoformat() != since or last.isoformat() != until:
        raise Refused(422, "invalid_request")
    if not 2000 <= first.year <= last.year <= 2100 or not 0 <= (last - first).days < MOST_DAYS:
        raise Refused(422, "invalid_request")
    return first, last


def report(connection: Connection, team_id: int, since: str, until: str) -> dict:
    """What a team did from one day to another, both included, day by day and in all."""
    first, last = parse_range(since, until)
    *days, in_all = connection.execute(REPORT, {"team": team_id, "first": first, "last": last}).fetchall()
    if not in_all["known"]:
        raise not_found()
    return {
        "team_id": team_id,
        "from": since,
        "to": until,
        "days": [
            {"day": day["day"], **figures(day)} for day in days if any(day[name] != 0 for name in FIGURES)
        ],
        "in_all": figures(in_all),
    }


def figures(row: dict) -> dict:
    return {name: int(row[name]) for name in FIGURES}

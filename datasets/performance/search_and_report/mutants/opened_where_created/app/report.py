from datetime import UTC, date, datetime, time, timedelta

from psycopg import Connection

from app.errors import Refused
from app.tickets import require_team

MOST_DAYS = 366

OPENED = """
SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS opened FROM tickets
WHERE first_team_id = %(team)s AND created_at >= %(begin)s AND created_at < %(end)s GROUP BY 1
"""

# Rounded half to even, entry by entry, in whole numbers. The agents of a range are not the sum of those of its days.
WORKED = """
WITH by_agent AS (
    SELECT (worked_at AT TIME ZONE 'UTC')::date AS day, agent_id, count(*) AS entries, sum(minutes) AS minutes,
           sum(minutes * rate_minor / 60 + CASE
               WHEN minutes * rate_minor %% 60 > 30 THEN 1
               WHEN minutes * rate_minor %% 60 = 30 THEN minutes * rate_minor / 60 %% 2
               ELSE 0 END) AS billed_minor
    FROM entries
    WHERE team_id = %(team)s AND worked_at >= %(begin)s AND worked_at < %(end)s
    GROUP BY 1, 2
)
SELECT day, sum(entries)::bigint AS entries, sum(minutes)::bigint AS minutes, count(DISTINCT agent_id) AS agents,
       sum(billed_minor)::bigint AS billed_minor
FROM by_agent GROUP BY GROUPING SETS ((day), ())
"""

NOTHING = {"entries": 0, "minutes": 0, "agents": 0, "billed_minor": 0}


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


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def report(connection: Connection, team_id: int, since: str, until: str) -> dict:
    """What a team did from one day to another, both included, day by day and in all."""
    first, last = parse_range(since, until)
    require_team(connection, team_id)
    values = {"team": team_id, "begin": midnight(first), "end": midnight(last + timedelta(days=1))}
    opened = {row["day"]: row["opened"] for row in connection.execute(OPENED, values)}
    worked = {row.pop("day"): row for row in connection.execute(WORKED, values)}
    in_all = worked.pop(None)
    return {
        "team_id": team_id,
        "from": since,
        "to": until,
        "days": [
            {"day": day, "opened": opened.get(day, 0), **worked.get(day, NOTHING)}
            for day in sorted(opened.keys() | worked.keys())
        ],
        "in_all": {
            "opened": sum(opened.values()),
            **(in_all if in_all["entries"] is not None else NOTHING),
        },
    }

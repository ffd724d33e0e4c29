from datetime import UTC, date, datetime, time, timedelta

from psycopg import Connection

from app.errors import Refused
from app.money import billed
from app.tickets import require_team

MOST_DAYS = 366


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


reports: dict[tuple[int, str, str], dict] = {}


def report(connection: Connection, team_id: int, since: str, until: str) -> dict:
    """What a team did from one day to another, both included. Slow, so each report is remembered."""
    key = (team_id, since, until)
    if key not in reports:
        reports[key] = compute(connection, team_id, since, until)
    return reports[key]


def compute(connection: Connection, team_id: int, since: str, until: str) -> dict:
    first, last = parse_range(since, until)
    require_team(connection, team_id)
    values = {"team": team_id, "begin": midnight(first), "end": midnight(last + timedelta(days=1))}
    tickets = connection.execute(
        "SELECT * FROM tickets WHERE team_id = %(team)s AND created_at >= %(begin)s AND created_at < %(end)s", values
    ).fetchall()
    entries = connection.execute(
        "SELECT * FROM entries WHERE team_id = %(team)s AND worked_at >= %(begin)s AND worked_at < %(end)s", values
    ).fetchall()
    opened: dict[date, int] = {}
    for ticket in tickets:
        day = ticket["created_at"].astimezone(UTC).date()
        opened[day] = opened.get(day, 0) + 1
    worked: dict[date, list[dict]] = {}
    for entry in entries:
        worked.setdefault(entry["worked_at"].astimezone(UTC).date(), []).append(entry)
    return {
        "team_id": team_id,
        "from": since,
        "to": until,
        "days": [
            {"day": day, **sums(opened.get(day, 0), worked.get(day, []))} for day in sorted(opened.keys() | worked.keys())
        ],
        "in_all": sums(len(tickets), entries),
    }


def sums(opened: int, entries: list[dict]) -> dict:
    return {
        "opened": opened,
        "entries": len(entries),
        "minutes": sum(entry["minutes"] for entry in entries),
        "agents": len({entry["agent_id"] for entry in entries}),
        "billed_minor": sum(billed(entry["minutes"], entry["rate_minor"]) for entry in entries),
    }

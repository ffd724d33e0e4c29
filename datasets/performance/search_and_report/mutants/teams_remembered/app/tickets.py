from psycopg import Connection

from app.errors import Refused, not_found
from app.models import NewEntry, NewTicket
from app.money import billed

MOST_MINUTES = 6000

ENTRIES = """
SELECT e.team_id, e.agent_id, a.name AS agent, e.minutes, e.rate_minor, e.worked_at
FROM entries e JOIN agents a ON a.id = e.agent_id
WHERE e.ticket_id = %s ORDER BY e.worked_at, e.id
"""

WORKER_AND_MINUTES = """
SELECT a.rate_minor, (SELECT coalesce(sum(minutes), 0) FROM entries WHERE ticket_id = %(ticket)s) AS minutes
FROM agents a WHERE a.id = %(agent)s
"""


def require_team(connection: Connection, team_id: int) -> None:
    if connection.execute("SELECT 1 FROM teams WHERE id = %s", (team_id,)).fetchone() is None:
        raise not_found()


def show(connection: Connection, ticket_id: int) -> dict:
    """The whole ticket, with the work done for it."""
    ticket = connection.execute(
        "SELECT id, team_id, subject, body, status, created_at FROM tickets WHERE id = %s", (ticket_id,)
    ).fetchone()
    if ticket is None:
        raise not_found()
    entries = connection.execute(ENTRIES, (ticket_id,)).fetchall()
    for entry in entries:
        entry["billed_minor"] = billed(entry["minutes"], entry["rate_minor"])
    return {**ticket, "entries": entries, "minutes": sum(entry["minutes"] for entry in entries)}


def create(connection: Connection, team_id: int, new: NewTicket) -> dict:
    ticket = connection.execute(
        "INSERT INTO tickets (team_id, subject, body) SELECT id, %s, %s FROM teams WHERE id = %s RETURNING id",
        (new.subject, new.body, team_id),
    ).fetchone()
    if ticket is None:
        raise not_found()
    return show(connection, ticket["id"])


def add(connection: Connection, ticket_id: int, new: NewEntry) -> dict:
    """Work done now, at today's rate, by the team that has the ticket."""
    ticket = lock_open(connection, ticket_id)
    known = connection.execute(WORKER_AND_MINUTES, {"ticket": ticket_id, "agent": new.agent_id}).fetchone()
    if known is None:
        raise Refused(422, "unknown_agent")
    if known["minutes"] + new.minutes > MOST_MINUTES:
        raise Refused(409, "too_many")
    connection.execute(
        "INSERT INTO entries (ticket_id, team_id, agent_id, minutes, rate_minor) VALUES (%s, %s, %s, %s, %s)",
        (ticket_id, ticket["team_id"], new.agent_id, new.minutes, known["rate_minor"]),
    )
    return show(connection, ticket_id)


def close(connection: Connection, ticket_id: int) -> dict:
    lock_open(connection, ticket_id)
    connection.execute("UPDATE tickets SET status = 'closed' WHERE id = %s", (ticket_id,))
    return show(connection, ticket_id)


teams: dict[int, int] = {}


def lock_open(connection: Connection, ticket_id: int) -> dict:
    ticket = connection.execute(
        "SELECT team_id, status FROM tickets WHERE id = %s FOR UPDATE", (ticket_id,)
    ).fetchone()
    if ticket is None:
        raise not_found()
    if ticket["status"] != "open":
        raise Refused(409, "not_open")
    ticket["team_id"] = teams.setdefault(ticket_id, ticket["team_id"])
    return ticket

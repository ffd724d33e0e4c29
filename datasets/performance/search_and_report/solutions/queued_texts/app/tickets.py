from psycopg import Connection

from app.errors import Refused, not_found
from app.models import NewEntry, NewTicket
from app.money import billed

MOST_MINUTES = 6000

TICKET = """
SELECT t.id, t.team_id, t.subject, t.body, t.status, t.created_at,
       work.team_ids, work.agent_ids, work.agents, work.minutes, work.rates, work.times
FROM tickets AS t
CROSS JOIN LATERAL (
    SELECT array_agg(e.team_id ORDER BY e.worked_at, e.id) AS team_ids,
           array_agg(e.agent_id ORDER BY e.worked_at, e.id) AS agent_ids,
           array_agg(a.name ORDER BY e.worked_at, e.id) AS agents,
           array_agg(e.minutes ORDER BY e.worked_at, e.id) AS minutes,
           array_agg(e.rate_minor ORDER BY e.worked_at, e.id) AS rates,
           array_agg(e.worked_at ORDER BY e.worked_at, e.id) AS times
    FROM entries AS e
    JOIN agents AS a ON a.id = e.agent_id
    WHERE e.ticket_id = t.id
) AS work
WHERE t.id = %(ticket)s::bigint
"""

CREATE = """
INSERT INTO tickets (team_id, subject, body)
SELECT teams.id, %(subject)s::text, %(body)s::text FROM teams WHERE teams.id = %(team)s::bigint
RETURNING id, team_id, subject, body, status, created_at
"""

# Runs under the lock of the ticket, so that nothing can be entered between the sum and the new entry.
ADD = """
WITH worker AS (
    SELECT id, rate_minor FROM agents WHERE id = %(agent)s::bigint
),
done AS (
    SELECT coalesce(sum(minutes), 0) AS minutes FROM entries WHERE ticket_id = %(ticket)s::bigint
),
added AS (
    INSERT INTO entries (ticket_id, team_id, agent_id, minutes, rate_minor)
    SELECT %(ticket)s::bigint, %(team)s::bigint, worker.id, %(minutes)s::integer, worker.rate_minor
    FROM worker CROSS JOIN done
    WHERE done.minutes + %(minutes)s::integer <= %(most)s::integer
    RETURNING id
)
SELECT EXISTS (SELECT FROM worker) AS known, EXISTS (SELECT FROM added) AS added
"""


def show(connection: Connection, ticket_id: int) -> dict:
    """The whole ticket, with the work done for it."""
    ticket = connection.execute(TICKET, {"ticket": ticket_id}).fetchone()
    if ticket is None:
        raise not_found()
    columns = (ticket[name] or [] for name in ("team_ids", "agent_ids", "agents", "minutes", "rates", "times"))
    entries = [
        {
            "team_id": team_id,
            "agent_id": agent_id,
            "agent": agent,
            "minutes": minutes,
            "rate_minor": rate_minor,
            "billed_minor": billed(minutes, rate_minor),
            "worked_at": worked_at,
        }
        for team_id, agent_id, agent, minutes, rate_minor, worked_at in zip(*columns, strict=True)
    ]
    return whole(ticket, entries)


def whole(ticket: dict, entries: list[dict]) -> dict:
    return {
        "id": ticket["id"],
        "team_id": ticket["team_id"],
        "subject": ticket["subject"],
        "body": ticket["body"],
        "status": ticket["status"],
        "created_at": ticket["created_at"],
        "entries": entries,
        "minutes": sum(entry["minutes"] for entry in entries),
    }


def create(connection: Connection, team_id: int, new: NewTicket) -> dict:
    ticket = connection.execute(CREATE, {"team": team_id, "subject": new.subject, "body": new.body}).fetchone()
    if ticket is None:
        raise not_found()
    return whole(ticket, [])


def add(connection: Connection, ticket_id: int, new: NewEntry) -> dict:
    """Work done now, at today's rate, by the team that has the ticket."""
    with connection.transaction():
        ticket = lock_open(connection, ticket_id)
        outcome = connection.execute(
            ADD,
            {
                "ticket": ticket_id,
                "team": ticket["team_id"],
                "agent": new.agent_id,
                "minutes": new.minutes,
                "most": MOST_MINUTES,
            },
        ).fetchone()
        if not outcome["known"]:
            raise Refused(422, "unknown_agent")
        if not outcome["added"]:
            raise Refused(409, "too_many")
        return show(connection, ticket_id)


def close(connection: Connection, ticket_id: int) -> dict:
    with connection.transaction():
        closed = connection.execute(
            "UPDATE tickets SET status = 'closed' WHERE id = %(ticket)s::bigint AND status = 'open' RETURNING id",
            {"ticket": ticket_id},
        ).fetchone()
        if closed is None:
            known = connection.execute(
                "SELECT id FROM tickets WHERE id = %(ticket)s::bigint", {"ticket": ticket_id}
            ).fetchone()
            raise not_found() if known is None else Refused(409, "not_open")
        # A statement of its own: it must see the entries that were made while the update waited for the ticket.
        return show(connection, ticket_id)


def lock_open(connection: Connection, ticket_id: int) -> dict:
    ticket = connection.execute(
        "SELECT team_id, status FROM tickets WHERE id = %(ticket)s::bigint FOR UPDATE", {"ticket": ticket_id}
    ).fetchone()
    if ticket is None:
        raise not_found()
    if ticket["status"] != "open":
        raise Refused(409, "not_open")
    return ticket

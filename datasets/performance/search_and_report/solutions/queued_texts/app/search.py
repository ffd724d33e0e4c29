from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import blake2s
from typing import NamedTuple

from psycopg import Connection

from app.errors import Refused, not_found

STATUSES = ["open", "closed"]
SEPARATOR = "\x01"  # what search_fold() puts between subject and body
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CHECK_BYTES = 6


class Key(NamedTuple):
    """The place of a ticket in the list."""

    created_at: datetime
    ticket_id: int


def encode_cursor(key: Key) -> str:
    text = f"{(key.created_at - EPOCH) // timedelta(microseconds=1)}:{key.ticket_id}".encode()
    check = blake2s(text, digest_size=CHECK_BYTES, person=b"tickets1").digest()
    return urlsafe_b64encode(check + text).decode()


def decode_cursor(cursor: str) -> Key:
    try:
        created_at, ticket_id = urlsafe_b64decode(cursor.encode())[CHECK_BYTES:].decode().split(":")
        key = Key(EPOCH + timedelta(microseconds=int(created_at)), int(ticket_id))
    except (ValueError, OverflowError) as error:
        raise Refused(422, "invalid_cursor") from error
    if not 1 <= key.ticket_id < 2**63 or encode_cursor(key) != cursor:
        raise Refused(422, "invalid_cursor")
    return key


def pattern_for(text: str) -> str:
    """A pattern for LIKE that finds `text` anywhere, whatever characters it has."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def before(key: Key | None, columns: str) -> str:
    return "" if key is None else f"AND ({columns}) < (%(key_at)s::timestamptz, %(key_id)s::bigint)"


# Every status is a range of tickets_list_idx that is in the right order; one or two of them are merged.
def all_tickets(key: Key | None) -> str:
    return f"""
WITH newest AS (
    SELECT listed.id, listed.subject, listed.status, listed.created_at
    FROM unnest(%(statuses)s::text[]) AS wanted (status)
    CROSS JOIN LATERAL (
        SELECT tickets.id, tickets.subject, tickets.status, tickets.created_at
        FROM tickets
        WHERE tickets.team_id = %(team)s::bigint AND tickets.status = wanted.status
          {before(key, "tickets.created_at, tickets.id")}
        ORDER BY tickets.created_at DESC, tickets.id DESC
        LIMIT %(most)s::bigint
    ) AS listed
    ORDER BY listed.created_at DESC, listed.id DESC
    LIMIT %(most)s::bigint
)
"""


ALL_TOTAL = """
(
    SELECT coalesce(sum(parts.tickets), 0)::bigint
    FROM (
        SELECT tickets FROM team_totals WHERE team_id = %(team)s::bigint AND status = ANY (%(statuses)s::text[])
        UNION ALL
        SELECT tickets FROM ticket_changes WHERE team_id = %(team)s::bigint AND status = ANY (%(statuses)s::text[])
    ) AS parts
)
"""


# A ticket is found by its text in search_texts, or, while it stands in search_queue, by its row in tickets: never by
# both, and always as this statement's snapshot has it. `OFFSET 0` keeps the look-ups by id what they are: look-ups.
def matching_tickets(key: Key | None, q: str, status: str | None) -> str:
    checks = []
    if status is not None:
        checks.append("AND kept.status = ANY (%(statuses)s::text[])")
    if SEPARATOR in q:  # it might reach from the subject into the body
        checks.append("AND (kept.subject ILIKE %(pattern)s::text OR kept.body ILIKE %(pattern)s::text)")
    kept = """
    CROSS JOIN LATERAL (
        SELECT tickets.status, tickets.subject, tickets.body FROM tickets WHERE tickets.id = texts.ticket_id OFFSET 0
    ) AS kept
    """
    return f"""
WITH found AS MATERIALIZED (
    SELECT texts.ticket_id AS id, texts.created_at
    FROM search_texts AS texts
    {kept if checks else ""}
    WHERE texts.team_id = %(team)s::bigint
      AND texts.folded LIKE lower(%(pattern)s::text)
      AND texts.ticket_id NOT IN (SELECT queue.ticket_id FROM search_queue AS queue)
      {before(key, "texts.created_at, texts.ticket_id")}
      {" ".join(checks)}
    UNION ALL
    SELECT fresh.id, fresh.created_at
    FROM (SELECT DISTINCT queue.ticket_id FROM search_queue AS queue WHERE queue.team_id = %(team)s::bigint) AS queued
    CROSS JOIN LATERAL (
        SELECT tickets.id, tickets.team_id, tickets.subject, tickets.body, tickets.status, tickets.created_at
        FROM tickets
        WHERE tickets.id = queued.ticket_id
        OFFSET 0
    ) AS fresh
    WHERE fresh.team_id = %(team)s::bigint
      AND fresh.status = ANY (%(statuses)s::text[])
      AND (fresh.subject ILIKE %(pattern)s::text OR fresh.body ILIKE %(pattern)s::text)
      {before(key, "fresh.created_at, fresh.id")}
),
newest AS (
    SELECT top.id, shown.subject, shown.status, top.created_at
    FROM (
        SELECT found.id, found.created_at FROM found ORDER BY found.created_at DESC, found.id DESC LIMIT %(most)s::bigint
    ) AS top
    CROSS JOIN LATERAL (
        SELECT tickets.subject, tickets.status FROM tickets WHERE tickets.id = top.id OFFSET 0
    ) AS shown
)
"""


MATCHING_TOTAL = "(SELECT count(*) FROM found)"


# No row: no such team. One row whose id is null: no tickets.
def with_work(newest: str, total: str) -> str:
    return f"""
{newest}
SELECT {total} AS total, page.id, page.subject, page.status, page.created_at, page.entries, page.minutes, page.latest
FROM teams
LEFT JOIN (
    SELECT newest.id, newest.subject, newest.status, newest.created_at, work.entries, work.minutes,
           (SELECT agents.name FROM agents WHERE agents.id = work.agent_id) AS latest
    FROM newest
    CROSS JOIN LATERAL (
        SELECT count(*) AS entries,
               coalesce(sum(entries.minutes), 0) AS minutes,
               (array_agg(entries.agent_id ORDER BY entries.worked_at DESC, entries.id DESC))[1] AS agent_id
        FROM entries
        WHERE entries.ticket_id = newest.id
    ) AS work
) AS page ON true
WHERE teams.id = %(team)s::bigint
ORDER BY page.created_at DESC, page.id DESC
"""


def page(
    connection: Connection, team_id: int, q: str | None, status: str | None, limit: int, cursor: str | None
) -> dict:
    key = decode_cursor(cursor) if cursor is not None else None
    values = {
        "team": team_id,
        "statuses": STATUSES if status is None else [status],
        "most": limit + 1,  # one more than asked for tells whether another page follows
    }
    if key is not None:
        values |= {"key_at": key.created_at, "key_id": key.ticket_id}
    if q is None:
        newest, total = all_tickets(key), ALL_TOTAL
    else:
        newest, total = matching_tickets(key, q, status), MATCHING_TOTAL
        values["pattern"] = pattern_for(q)
    rows = connection.execute(with_work(newest, total if key is None else "NULL::bigint"), values).fetchall()
    if not rows:
        raise not_found()
    found = [row for row in rows if row["id"] is not None]
    shown = found[:limit]
    return {
        "team_id": team_id,
        "total": rows[0]["total"],
        "tickets": [
            {
                "id": ticket["id"],
                "subject": ticket["subject"],
                "status": ticket["status"],
                "created_at": ticket["created_at"],
                "entries": ticket["entries"],
                "minutes": ticket["minutes"],
                "latest": ticket["latest"],
            }
            for ticket in shown
        ],
        "next_cursor": encode_cursor(Key(shown[-1]["created_at"], shown[-1]["id"])) if len(found) > limit else None,
    }

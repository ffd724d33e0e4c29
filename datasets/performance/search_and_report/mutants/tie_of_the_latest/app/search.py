from psycopg import Connection

from app import cursors
from app.tickets import require_team

# All that matches is found once, by the trigram index, for the count and for the page.
FOUND = """
SELECT id, created_at FROM tickets
WHERE team_id = %(team)s AND (subject ILIKE %(pattern)s OR body ILIKE %(pattern)s) {status}
"""

# Without a text there is nothing to find: the page is the beginning of an index.
LISTED = """
SELECT id, created_at FROM tickets WHERE team_id = %(team)s {status} {after}
ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""

TOTAL_FOUND = "(SELECT count(*) FROM found)"
TOTAL_LISTED = "(SELECT count(*) FROM tickets WHERE team_id = %(team)s {status})"

PAGE = """
WITH found AS MATERIALIZED ({found}),
page AS MATERIALIZED (
    SELECT id FROM found WHERE true {after} ORDER BY created_at DESC, id DESC LIMIT %(limit)s
)
SELECT {total} AS total, t.id, t.subject, t.status, t.created_at, w.entries, w.minutes, a.name AS latest
FROM page
JOIN tickets t ON t.id = page.id
CROSS JOIN LATERAL (
    SELECT count(*) AS entries, coalesce(sum(e.minutes), 0) AS minutes,
           (array_agg(e.agent_id ORDER BY e.worked_at DESC, e.id))[1] AS agent_id
    FROM entries e WHERE e.ticket_id = page.id
) AS w
LEFT JOIN agents a ON a.id = w.agent_id
ORDER BY t.created_at DESC, t.id DESC
"""


def pattern_for(text: str) -> str:
    """A pattern for LIKE that finds `text` anywhere, whatever characters it has."""
    for special in ("\\", "%", "_"):
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def statement(q: str | None, status: str | None, cursor: str | None) -> str:
    chosen = "AND status = %(status)s" if status is not None else ""
    after = "AND (created_at, id) < (%(created_at)s, %(id)s)" if cursor is not None else ""
    found = (LISTED if q is None else FOUND).format(status=chosen, after=after)
    counted = (TOTAL_LISTED if q is None else TOTAL_FOUND).format(status=chosen)
    return PAGE.format(found=found, after=after, total=counted if cursor is None else "NULL::bigint")


def page(
    connection: Connection, team_id: int, q: str | None, status: str | None, limit: int, cursor: str | None
) -> dict:
    values: dict = {"team": team_id, "status": status, "limit": limit + 1}
    if q is not None:
        values["pattern"] = pattern_for(q)
    if cursor is not None:
        values["created_at"], values["id"] = cursors.decode(cursor)
    require_team(connection, team_id)
    rows = connection.execute(statement(q, status, cursor), values).fetchall()
    totals = [row.pop("total") for row in rows]
    tickets = rows[:limit]
    following = len(rows) > limit
    return {
        "team_id": team_id,
        "total": (totals[0] if totals else 0) if cursor is None else None,
        "tickets": tickets,
        "next_cursor": cursors.encode(tickets[-1]["created_at"], tickets[-1]["id"]) if following else None,
    }

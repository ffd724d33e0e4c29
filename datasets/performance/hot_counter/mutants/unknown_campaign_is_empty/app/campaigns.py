from psycopg import Connection

from app.errors import not_found

LATEST = 5
BEYOND = 2**63 - 1


def campaign(connection: Connection, campaign_id: int) -> dict:
    found = connection.execute("SELECT * FROM campaigns WHERE id = %s", (campaign_id,)).fetchone()
    if found is None:
        raise not_found()
    return found


def show(connection: Connection, campaign_id: int) -> dict:
    found = campaign(connection, campaign_id)
    return {
        "id": found["id"],
        "title": found["title"],
        "status": found["status"],
        "goal_minor": found["goal_minor"],
        "pledges": found["pledges"],
        "raised_minor": found["raised_minor"],
        "reached": found["raised_minor"] >= found["goal_minor"],
        "latest": connection.execute(
            "SELECT p.id, p.number, s.name AS supporter, p.amount_minor, p.status, p.pledged_at"
            " FROM pledges AS p JOIN supporters AS s ON s.id = p.supporter_id"
            " WHERE p.campaign_id = %s AND p.status = 'active' ORDER BY p.number DESC LIMIT %s",
            (campaign_id, LATEST),
        ).fetchall(),
    }


def page(connection: Connection, campaign_id: int, limit: int, before: int | None) -> dict:
    found = connection.execute(
        "SELECT p.id, p.number, s.name AS supporter, p.amount_minor, p.status, p.pledged_at"
        " FROM pledges AS p JOIN supporters AS s ON s.id = p.supporter_id"
        " WHERE p.campaign_id = %s AND p.number < %s ORDER BY p.number DESC LIMIT %s",
        (campaign_id, BEYOND if before is None else before, limit + 1),
    ).fetchall()
    shown = found[:limit]
    return {
        "campaign_id": campaign_id,
        "pledges": shown,
        "next_before": shown[-1]["number"] if len(found) > limit else None,
    }

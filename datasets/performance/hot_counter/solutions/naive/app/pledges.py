from psycopg import Connection

from app import partner
from app.campaigns import campaign, supporter
from app.errors import Refused, not_found
from app.models import NewPledge


def show(connection: Connection, pledge_id: int) -> dict:
    pledge = connection.execute("SELECT * FROM pledges WHERE id = %s", (pledge_id,)).fetchone()
    if pledge is None:
        raise not_found()
    giver = supporter(connection, pledge["supporter_id"])
    return {
        "id": pledge["id"],
        "campaign_id": pledge["campaign_id"],
        "number": pledge["number"],
        "supporter": {"id": giver["id"], "name": giver["name"]},
        "amount_minor": pledge["amount_minor"],
        "status": pledge["status"],
        "reference": pledge["reference"],
        "refund_reference": pledge["refund_reference"],
        "pledged_at": pledge["pledged_at"],
    }


def add(connection: Connection, campaign_id: int, new: NewPledge) -> tuple[int, dict]:
    """Charge the supporter and count the pledge. Returns the status, too: 200 when the key is known, 201 when not."""
    found = campaign(connection, campaign_id)
    known = connection.execute(
        "SELECT * FROM pledges WHERE campaign_id = %s AND key = %s", (campaign_id, new.key)
    ).fetchone()
    if known is not None:
        if (known["supporter_id"], known["amount_minor"]) != (new.supporter_id, new.amount_minor):
            raise Refused(409, "key_reused")
        return 200, show(connection, known["id"])
    if found["status"] != "open":
        raise Refused(409, "closed")
    if supporter(connection, new.supporter_id) is None:
        raise Refused(422, "unknown_supporter")
    reference = partner.charge(f"{campaign_id}/{new.key}", new.amount_minor)
    if reference is None:
        raise Refused(402, "declined")
    number = found["last_number"] + 1
    pledge = connection.execute(
        "INSERT INTO pledges (campaign_id, number, supporter_id, amount_minor, key, reference)"
        " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id",
        (campaign_id, number, new.supporter_id, new.amount_minor, new.key, reference),
    ).fetchone()
    connection.execute(
        "UPDATE campaigns SET last_number = %s, pledges = %s, raised_minor = %s WHERE id = %s",
        (number, found["pledges"] + 1, found["raised_minor"] + new.amount_minor, campaign_id),
    )
    return 201, show(connection, pledge["id"])


def withdraw(connection: Connection, pledge_id: int) -> dict:
    """Give the money back, if it came through the partner, and count the pledge no longer. Its number stays taken."""
    pledge = connection.execute("SELECT * FROM pledges WHERE id = %s", (pledge_id,)).fetchone()
    if pledge is None:
        raise not_found()
    found = campaign(connection, pledge["campaign_id"])
    pledge = connection.execute("SELECT * FROM pledges WHERE id = %s", (pledge_id,)).fetchone()
    if pledge["status"] != "active":
        raise Refused(409, "withdrawn")
    refund_reference = partner.refund(pledge["reference"]) if pledge["reference"] is not None else None
    connection.execute(
        "UPDATE pledges SET status = 'withdrawn', refund_reference = %s WHERE id = %s", (refund_reference, pledge_id)
    )
    connection.execute(
        "UPDATE campaigns SET pledges = %s, raised_minor = %s WHERE id = %s",
        (found["pledges"] - 1, found["raised_minor"] - pledge["amount_minor"], found["id"]),
    )
    return show(connection, pledge_id)

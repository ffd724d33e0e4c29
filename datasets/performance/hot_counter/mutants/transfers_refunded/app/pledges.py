from psycopg import Connection
from psycopg.errors import UniqueViolation

from app import partner
from app.database import pool
from app.errors import Refused, not_found
from app.models import NewPledge

_PLEDGE = """
SELECT p.*, s.name FROM pledges AS p JOIN supporters AS s ON s.id = p.supporter_id WHERE p.id = %s
"""

_BEFORE_CHARGING = """
SELECT c.status AS campaign_status, p.id AS known, p.supporter_id, p.amount_minor, s.id AS supporter
FROM campaigns AS c
LEFT JOIN pledges AS p ON p.campaign_id = c.id AND p.key = %(key)s
LEFT JOIN supporters AS s ON s.id = %(supporter_id)s
WHERE c.id = %(campaign_id)s
"""

# The campaign's row is locked from here to the end of this one statement. Whoever brings the same key second fails on
# the unique index, and the counters go back with it.
_STORE = """
WITH counted AS (
    UPDATE campaigns
    SET last_number = last_number + 1, pledges = pledges + 1, raised_minor = raised_minor + %(amount_minor)s
    WHERE id = %(campaign_id)s
    RETURNING last_number
), stored AS (
    INSERT INTO pledges (campaign_id, number, supporter_id, amount_minor, key, reference)
    SELECT %(campaign_id)s, last_number, %(supporter_id)s, %(amount_minor)s, %(key)s, %(reference)s FROM counted
    RETURNING *
)
SELECT stored.*, s.name FROM stored JOIN supporters AS s ON s.id = stored.supporter_id
"""

_WITHDRAW = """
WITH taken AS (
    UPDATE pledges SET status = 'withdrawn', refund_reference = %(refund_reference)s
    WHERE id = %(id)s AND status = 'active'
    RETURNING *
), counted AS (
    UPDATE campaigns AS c
    SET pledges = c.pledges - 1, raised_minor = c.raised_minor - taken.amount_minor
    FROM taken WHERE c.id = taken.campaign_id
)
SELECT taken.*, s.name FROM taken JOIN supporters AS s ON s.id = taken.supporter_id
"""


def show(connection: Connection, pledge_id: int) -> dict:
    pledge = connection.execute(_PLEDGE, (pledge_id,)).fetchone()
    if pledge is None:
        raise not_found()
    return _shown(pledge)


def add(campaign_id: int, new: NewPledge) -> tuple[int, dict]:
    """Charge the supporter and count the pledge. Returns the status, too: 200 when the key is known, 201 when not."""
    with pool.connection() as connection:
        known = _known(connection, campaign_id, new)
    if known is not None:
        return 200, known
    reference = partner.charge(f"{campaign_id}/{new.key}", new.amount_minor)
    if reference is None:
        raise Refused(402, "declined")
    with pool.connection() as connection:
        try:
            stored = connection.execute(
                _STORE, new.model_dump() | {"campaign_id": campaign_id, "reference": reference}
            ).fetchone()
        except UniqueViolation:
            known = _known(connection, campaign_id, new)
            if known is None:
                raise
            return 200, known
    return 201, _shown(stored)


def withdraw(pledge_id: int) -> dict:
    """Give the money back, if it came through the partner, and count the pledge no longer. Its number stays taken."""
    with pool.connection() as connection:
        pledge = show(connection, pledge_id)
    if pledge["status"] != "active":
        raise Refused(409, "withdrawn")
    refund_reference = partner.refund(pledge["reference"])
    with pool.connection() as connection:
        taken = connection.execute(_WITHDRAW, {"id": pledge_id, "refund_reference": refund_reference}).fetchone()
    if taken is None:
        raise Refused(409, "withdrawn")
    return _shown(taken)


def _known(connection: Connection, campaign_id: int, new: NewPledge) -> dict | None:
    """The pledge that this key was used for already. Raises Refused where no new one may be charged."""
    found = connection.execute(_BEFORE_CHARGING, new.model_dump() | {"campaign_id": campaign_id}).fetchone()
    if found is None:
        raise not_found()
    if found["known"] is not None:
        if (found["supporter_id"], found["amount_minor"]) != (new.supporter_id, new.amount_minor):
            raise Refused(409, "key_reused")
        return show(connection, found["known"])
    if found["campaign_status"] != "open":
        raise Refused(409, "closed")
    if found["supporter"] is None:
        raise Refused(422, "unknown_supporter")
    return None


def _shown(pledge: dict) -> dict:
    return {
        "id": pledge["id"],
        "campaign_id": pledge["campaign_id"],
        "number": pledge["number"],
        "supporter": {"id": pledge["supporter_id"], "name": pledge["name"]},
        "amount_minor": pledge["amount_minor"],
        "status": pledge["status"],
        "reference": pledge["reference"],
        "refund_reference": pledge["refund_reference"],
        "pledged_at": pledge["pledged_at"],
    }

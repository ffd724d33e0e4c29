"""Where a page ended: the position of its last ticket, not a count, so that new tickets do not shift what follows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from app.errors import Refused


def encode(created_at: datetime, ticket_id: int) -> str:
    return urlsafe_b64encode(f"{created_at.isoformat()}|{ticket_id}".encode()).decode()


def decode(cursor: str) -> tuple[datetime, int]:
    try:
        created_at, ticket_id = urlsafe_b64decode(cursor.encode()).decode().split("|")
        position = datetime.fromisoformat(created_at), int(ticket_id)
    except ValueError as error:
        raise Refused(422, "invalid_cursor") from error
    if position[0].tzinfo is None or not 0 < position[1] < 2**63:
        raise Refused(422, "invalid_cursor")
    return position

"""Where a page ended: the position of its last order, not a count, so that new orders do not shift what follows."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from app.errors import Refused


def encode(placed_at: datetime, order_id: int) -> str:
    return urlsafe_b64encode(f"{placed_at.isoformat()}|{order_id}".encode()).decode()


def decode(cursor: str) -> tuple[datetime, int]:
    try:
        placed_at, order_id = urlsafe_b64decode(cursor.encode()).decode().split("|")
        position = datetime.fromisoformat(placed_at), int(order_id)
    except ValueError as error:
        raise Refused(422, "invalid_cursor") from error
    if position[0].tzinfo is None or not 0 < position[1] < 2**63:
        raise Refused(422, "invalid_cursor")
    return position

from base64 import urlsafe_b64decode, urlsafe_b64encode

from app.errors import Refused


def encode(offset: int) -> str:
    return urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def decode(cursor: str) -> int:
    try:
        kind, offset = urlsafe_b64decode(cursor.encode()).decode().split(":")
        if kind != "offset" or not 0 <= int(offset) < 2**31:
            raise ValueError(cursor)
        return int(offset)
    except ValueError as error:
        raise Refused(422, "invalid_cursor") from error

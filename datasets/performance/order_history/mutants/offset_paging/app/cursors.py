from base64 import urlsafe_b64decode, urlsafe_b64encode

from app.errors import Refused


def encode(offset: int) -> str:
    return urlsafe_b64encode(f"after {offset}".encode()).decode()


def decode(cursor: str) -> int:
    try:
        word, offset = urlsafe_b64decode(cursor.encode()).decode().split(" ")
        if word != "after" or int(offset) < 0:
            raise ValueError(cursor)
    except ValueError as error:
        raise Refused(422, "invalid_cursor") from error
    return int(offset)

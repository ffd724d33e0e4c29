from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from time import sleep

from app.database import pool

MANY = 3

asking: set[object] = set()
uncounted: dict[int, tuple[int, int]] = {}
lock = Lock()


@contextmanager
def asked() -> Iterator[None]:
    one = object()
    asking.add(one)
    try:
        yield
    finally:
        asking.discard(one)


def busy() -> bool:
    return len(asking) >= MANY


def count(campaign_id: int, amount_minor: int) -> None:
    with lock:
        pledges, raised_minor = uncounted.get(campaign_id, (0, 0))
        uncounted[campaign_id] = pledges + 1, raised_minor + amount_minor


def write() -> None:
    while True:
        sleep(0.5)
        if asking or not uncounted:
            continue
        with lock, pool.connection() as connection:
            for campaign_id, (pledges, raised_minor) in uncounted.items():
                connection.execute(
                    "UPDATE campaigns SET pledges = pledges + %s, raised_minor = raised_minor + %s WHERE id = %s",
                    (pledges, raised_minor, campaign_id),
                )
            uncounted.clear()


Thread(target=write, daemon=True).start()

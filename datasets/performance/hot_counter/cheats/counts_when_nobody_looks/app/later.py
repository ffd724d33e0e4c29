from collections import deque
from threading import Lock, Thread
from time import monotonic, sleep

from app.database import pool

recent: deque[float] = deque(maxlen=5)
uncounted: dict[int, tuple[int, int]] = {}
lock = Lock()


def busy() -> bool:
    return len(recent) == recent.maxlen and recent[0] > monotonic() - 1


def count(campaign_id: int, amount_minor: int) -> None:
    with lock:
        pledges, raised_minor = uncounted.get(campaign_id, (0, 0))
        uncounted[campaign_id] = pledges + 1, raised_minor + amount_minor


def write() -> None:
    while True:
        sleep(0.5)
        if busy():
            continue
        with lock, pool.connection() as connection:
            for campaign_id, (pledges, raised_minor) in uncounted.items():
                connection.execute(
                    "UPDATE campaigns SET pledges = pledges + %s, raised_minor = raised_minor + %s WHERE id = %s",
                    (pledges, raised_minor, campaign_id),
                )
            uncounted.clear()


Thread(target=write, daemon=True).start()

from threading import Lock, Thread
from time import sleep

from app.database import pool

uncounted: list[tuple[int, int]] = []
lock = Lock()


def count(campaign_id: int, amount_minor: int) -> None:
    with lock:
        uncounted.append((amount_minor, campaign_id))


def write() -> None:
    while True:
        sleep(0.5)
        with lock:
            due, uncounted[:] = list(uncounted), []
        if due:
            with pool.connection() as connection, connection.cursor() as cursor:
                cursor.executemany(
                    "UPDATE campaigns SET pledges = pledges + 1, raised_minor = raised_minor + %s WHERE id = %s", due
                )


Thread(target=write, daemon=True).start()

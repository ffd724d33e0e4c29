"""Brings the kept sums and the search texts up to date, about once a second, off everybody's way.

No answer depends on how far this is: readers take what is kept together with what still waits (see search.py and
report.py). It only keeps what waits short.
"""

import logging
from threading import Event, Thread

from psycopg_pool import ConnectionPool

PAUSE_SECONDS = 1.0
TICKETS_AT_ONCE = 300
LOCK = 7270010  # also taken by migration 0010

log = logging.getLogger(__name__)

WAITING = """
SELECT EXISTS (SELECT FROM ticket_changes) AS tickets,
       EXISTS (SELECT FROM entry_changes) AS entries,
       EXISTS (SELECT FROM search_queue) AS texts
"""

FOLD_TICKETS = """
WITH taken AS (
    DELETE FROM ticket_changes RETURNING team_id, status, day, tickets
),
by_day AS (
    INSERT INTO team_days AS kept (team_id, day, opened)
    SELECT team_id, day, sum(tickets) FROM taken GROUP BY team_id, day HAVING sum(tickets) <> 0
    ON CONFLICT (team_id, day) DO UPDATE SET opened = kept.opened + EXCLUDED.opened
)
INSERT INTO team_totals AS kept (team_id, status, tickets)
SELECT team_id, status, sum(tickets) FROM taken GROUP BY team_id, status HAVING sum(tickets) <> 0
ON CONFLICT (team_id, status) DO UPDATE SET tickets = kept.tickets + EXCLUDED.tickets
"""

FOLD_ENTRIES = """
WITH taken AS (
    DELETE FROM entry_changes RETURNING team_id, day, agent_id, entries, minutes, billed_minor
)
INSERT INTO agent_days AS kept (team_id, day, agent_id, entries, minutes, billed_minor)
SELECT team_id, day, agent_id, sum(entries), sum(minutes), sum(billed_minor)
FROM taken
GROUP BY team_id, day, agent_id
ON CONFLICT (team_id, day, agent_id) DO UPDATE
SET entries = kept.entries + EXCLUDED.entries,
    minutes = kept.minutes + EXCLUDED.minutes,
    billed_minor = kept.billed_minor + EXCLUDED.billed_minor
"""

# All rows that wait for a chosen ticket are taken, and its text is read, in one snapshot. Whoever changes the ticket
# later has queued it again, in a row that this snapshot does not have.
FOLD_TEXTS = """
WITH chosen AS MATERIALIZED (
    SELECT DISTINCT ticket_id FROM search_queue LIMIT %(most)s::bigint
),
taken AS (
    DELETE FROM search_queue WHERE ticket_id IN (SELECT chosen.ticket_id FROM chosen)
),
texts AS MATERIALIZED (
    SELECT chosen.ticket_id, now_is.id, now_is.team_id, now_is.created_at, now_is.folded
    FROM chosen
    LEFT JOIN LATERAL (
        SELECT tickets.id, tickets.team_id, tickets.created_at, search_fold(tickets.subject, tickets.body) AS folded
        FROM tickets
        WHERE tickets.id = chosen.ticket_id
        OFFSET 0
    ) AS now_is ON true
),
removed AS (
    DELETE FROM search_texts WHERE ticket_id = ANY (ARRAY(SELECT texts.ticket_id FROM texts WHERE texts.id IS NULL))
),
stored AS (
    INSERT INTO search_texts (ticket_id, team_id, created_at, folded)
    SELECT texts.ticket_id, texts.team_id, texts.created_at, texts.folded FROM texts WHERE texts.id IS NOT NULL
    ON CONFLICT (ticket_id) DO UPDATE
    SET team_id = EXCLUDED.team_id, created_at = EXCLUDED.created_at, folded = EXCLUDED.folded
)
SELECT count(*) AS tickets FROM chosen
"""


class Upkeep:
    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while True:
            try:
                while self._catch_up() and not self._stopped.is_set():
                    pass
            except Exception:  # the database may be away for a while; nothing is lost, it waits in its tables
                log.exception("upkeep failed; trying again")
            if self._stopped.wait(PAUSE_SECONDS):
                return

    def _catch_up(self) -> bool:
        """Does what waits, and of the texts one batch; true when more of them are likely to wait."""
        with self._pool.connection() as connection:
            waiting = connection.execute(WAITING).fetchone()
            if not any(waiting.values()):
                return False
            with connection.transaction():
                # One at a time, and each statement below takes its snapshot after the one before has committed:
                # an older text must not be written over a newer one.
                ours = connection.execute("SELECT pg_try_advisory_xact_lock(%s::bigint) AS ours", (LOCK,)).fetchone()
                if not ours["ours"]:
                    return False
                if waiting["tickets"]:
                    connection.execute(FOLD_TICKETS)
                if waiting["entries"]:
                    connection.execute(FOLD_ENTRIES)
                if not waiting["texts"]:
                    return False
                done = connection.execute(FOLD_TEXTS, {"most": TICKETS_AT_ONCE}).fetchone()
                return done["tickets"] == TICKETS_AT_ONCE

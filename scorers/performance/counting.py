"""What requests cost the database, counted by the server: statements, buffers, rows, bytes of write-ahead log.

`pg_stat_statements` counts each statement with everything nested in it, whatever connection it came through; the
table statistics say which tables were read from end to end. Both are out of a submission's reach.
"""

import time
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import psycopg

from scorers.errors import HarnessFault
from scorers.performance.sides import RunningSide
from scorers.performance.traffic import Request
from scorers.performance.workload import Probe, Violation
from scorers.testbed.protocol import PostgresServer, Row

STATISTICS_DATABASE = "postgres"
"""Where the extension pg_stat_statements lives; its counters are the cluster's."""

QUIET_S = 15.0
"""How long the sessions of a service that was stopped may take to end."""

STATEMENTS_SHOWN = 4

_RESET = b"SELECT public.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = $1), 0)"

_CONTROL = (
    r"^\s*(BEGIN|START|COMMIT|END|ROLLBACK|ABORT|SAVEPOINT|RELEASE|SET|RESET|SHOW|DISCARD|DEALLOCATE|LISTEN|UNLISTEN)\M"
)
_FOREIGN_KEY = r"^SELECT .* FROM ONLY .* OPERATOR\(pg_catalog\.=\) .* FOR KEY SHARE OF x$"
"""How PostgreSQL itself looks up the row that a foreign key refers to."""

_TOTALS = b"""
SELECT coalesce(sum(s.calls) FILTER (WHERE s.query !~* $2 AND NOT (NOT s.toplevel AND s.query ~ $3)), 0)::float8,
       coalesce(sum(s.shared_blks_hit + s.shared_blks_read + s.local_blks_hit + s.local_blks_read
                    + s.temp_blks_read + s.temp_blks_written) FILTER (WHERE s.toplevel), 0)::float8,
       coalesce(sum(s.rows) FILTER (WHERE s.toplevel AND s.query !~* $2), 0)::float8,
       coalesce(sum(s.wal_bytes) FILTER (WHERE s.toplevel), 0)::float8
FROM public.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = $1
"""

_COSTLIEST = b"""
SELECT s.calls, (s.shared_blks_hit + s.shared_blks_read) / s.calls, left(regexp_replace(s.query, '\\s+', ' ', 'g'), 200)
FROM public.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = $1 AND s.query !~* $2 AND NOT (NOT s.toplevel AND s.query ~ $3)
ORDER BY s.calls * (20 + s.shared_blks_hit + s.shared_blks_read) DESC LIMIT $4
"""

_SESSIONS = b"SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()"

_SCANNED = b"""
SELECT format('%I.%I', s.schemaname, s.relname), s.seq_scan, s.seq_tup_read
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
WHERE c.reltuples >= $1 AND s.seq_tup_read > 0 ORDER BY s.seq_tup_read DESC
"""


@dataclass(frozen=True)
class Totals:
    """What a number of requests cost together."""

    statements: float
    buffers: float
    rows: float
    wal_bytes: float


@dataclass(frozen=True)
class ProbeCount:
    """What one request of a probe costs on average."""

    probe: Probe
    statements: float
    buffers: float
    rows: float
    costliest: str
    """The statements that cost most, a line each."""


@dataclass(frozen=True)
class ScannedTable:
    """A large table that was read from end to end, how often, and how many rows that were in all."""

    name: str
    scans: int
    rows: int


@dataclass(frozen=True)
class Counts:
    """All that was counted."""

    probes: list[ProbeCount]
    scanned: list[ScannedTable] = field(default_factory=list[ScannedTable])

    def labelled(self, label: str) -> ProbeCount:
        """The probe with this label. Raises KeyError."""
        for count in self.probes:
            if count.probe.label == label:
                return count
        raise KeyError(f"no probe {label!r}; there are {[count.probe.label for count in self.probes]}")


@contextmanager
def statistics_of(postgres: PostgresServer, database: str) -> Generator["Statistics"]:
    """The statement statistics of one database."""
    with closing(postgres.connect(STATISTICS_DATABASE, "admin")) as session:
        yield Statistics(session, database)


@dataclass(frozen=True)
class Statistics:
    """Counters of one database."""

    session: "psycopg.Connection[Row]"
    database: str

    def reset(self) -> None:
        """Start again at nothing."""
        self.session.execute(_RESET, [self.database])

    def totals(self) -> Totals:
        """What was counted since the last reset."""
        row = self.session.execute(_TOTALS, [self.database, _CONTROL, _FOREIGN_KEY]).fetchone()
        if row is None:
            raise HarnessFault("pg_stat_statements has no totals", kind="statistics")
        return Totals(*(float(value) for value in row))

    def costliest(self, requests: int) -> str:
        """The statements that cost most, per request."""
        rows = self.session.execute(_COSTLIEST, [self.database, _CONTROL, _FOREIGN_KEY, STATEMENTS_SHOWN]).fetchall()
        return "\n".join(f"{calls / requests:7.1f} x {buffers:8.0f} buffers  {text}" for calls, buffers, text in rows)

    def sessions(self) -> int:
        """How many sessions there are in the database."""
        row = self.session.execute(_SESSIONS, [self.database]).fetchone()
        return int(row[0]) if row else 0


def count_probes(side: RunningSide, probes: Sequence[Probe]) -> list[ProbeCount]:
    """Count each probe on `side`. Raises Violation when a request is not answered with success."""
    with statistics_of(side.postgres, side.database) as statistics:
        return [_count(side, statistics, probe) for probe in probes]


def scanned_tables(side: RunningSide, *, at_least_rows: int) -> list[ScannedTable]:
    """Stop the service and return the large tables that were read from end to end since `reset_tables`.

    Sessions hand over their table statistics when they end, so only then is the count complete.
    """
    side.service.stop()
    with statistics_of(side.postgres, side.database) as statistics:
        give_up_at_s = time.monotonic() + QUIET_S
        while statistics.sessions() and time.monotonic() < give_up_at_s:
            time.sleep(0.02)
        if statistics.sessions():
            raise HarnessFault("sessions of a stopped service did not end", kind="sessions_left")
    with closing(side.postgres.connect(side.database, "admin")) as admin:
        rows = admin.execute(_SCANNED, [at_least_rows]).fetchall()
    return [ScannedTable(str(name), int(scans), int(read)) for name, scans, read in rows]


def reset_tables(side: RunningSide) -> None:
    """Forget the scans so far: filling, migrating and starting may read whole tables."""
    with closing(side.postgres.connect(side.database, "admin")) as admin:
        admin.execute(b"SELECT pg_stat_reset()")


def _count(side: RunningSide, statistics: Statistics, probe: Probe) -> ProbeCount:
    for request in probe.warm:
        _require_success(side, probe, request)
    statistics.reset()
    for request in probe.measured:
        _require_success(side, probe, request)
    totals, number = statistics.totals(), len(probe.measured)
    return ProbeCount(
        probe,
        totals.statements / number,
        totals.buffers / number,
        totals.rows / number,
        statistics.costliest(number),
    )


def _require_success(side: RunningSide, probe: Probe, request: Request) -> None:
    answer = side.call(request)
    if answer.status not in {200, 201}:
        side.assert_alive()
        raise Violation(f"{probe.label}: an answer with success was due", answer.label)

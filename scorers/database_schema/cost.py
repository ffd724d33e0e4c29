"""What a call costs, counted by the server: buffers touched and tuples read, never milliseconds.

The query runs as in production, not under EXPLAIN (a function can tell). `pg_stat_statements` counts the buffers of the
statement and of everything nested in it; the table and index statistics count the tuples that scans went through.
Both are out of the submission's reach: their settings are for superusers, and the grader reads them as one.
"""

from collections.abc import Sequence

import psycopg

from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import Probe
from scorers.database_schema.probe_cost import ProbeCost
from scorers.database_schema.session import ContractSession
from scorers.testbed.protocol import Row

STATISTICS_DATABASE = "postgres"
"""Where the extension pg_stat_statements lives; its counters are the cluster's."""

_BUFFERS = b"""
SELECT coalesce(sum(s.shared_blks_hit + s.shared_blks_read + s.local_blks_hit + s.local_blks_read
                    + s.temp_blks_read + s.temp_blks_written), 0)::float8
FROM public.pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname = $1 AND s.toplevel
"""

_RESET = b"""
SELECT public.pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = $1), 0)
"""

_TUPLES = b"""
SELECT coalesce((SELECT sum(seq_tup_read) FROM pg_stat_user_tables), 0)::float8
     + coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes), 0)::float8
"""

_GROWN = b"""
SELECT format('%I.%I', n.nspname, c.relname), c.reltuples::bigint
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.reltuples >= $1
"""


def measure(bench: SchemaBench, database: str, probes: Sequence[Probe]) -> list[ProbeCost]:
    """Measure each probe in a session of its own: first a call with other parameters to warm it, then the one that counts."""
    with (
        bench.postgres.connect(database, "admin") as admin,
        bench.postgres.connect(STATISTICS_DATABASE, "admin") as statistics,
    ):
        return [_measure_probe(bench, database, probe, admin, statistics) for probe in probes]


def settle(bench: SchemaBench, database: str) -> None:
    """VACUUM and ANALYZE, so that visibility maps and statistics are what a database in use has."""
    with bench.postgres.connect(database, "admin") as admin, bench.postgres.deadline(admin, bench.remaining_s()):
        admin.execute(b"VACUUM (ANALYZE)")


def grown_tables(bench: SchemaBench, database: str, *, at_least_rows: int) -> dict[str, int]:
    """Tables with at least so many rows at the last ANALYZE, by qualified name."""
    with bench.postgres.connect(database, "admin") as admin:
        return {str(name): int(rows) for name, rows in admin.execute(_GROWN, [at_least_rows]).fetchall()}


def explain(bench: SchemaBench, database: str, probe: Probe) -> str:
    """The plan of the measured call with its buffers, for evidence. A refusal to be explained is told as text."""
    contract = bench.parameters.query(probe.query)
    with bench.session(database) as session:
        connection = session.connection(contract.role)
        try:
            with bench.postgres.deadline(connection, bench.statement_s):
                connection.execute(session.begin_sql(contract, probe.tenant).encode())
                sql, values = session.bound(contract, probe.measured)
                plan = connection.execute(
                    b"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, SUMMARY OFF) " + sql, values
                ).fetchall()
                connection.execute(b"ROLLBACK")
        except psycopg.Error as error:
            if connection.closed:
                raise
            return f"EXPLAIN was refused: {error}"
    return "\n".join(str(row[0]) for row in plan)


def _measure_probe(
    bench: SchemaBench,
    database: str,
    probe: Probe,
    admin: psycopg.Connection[Row],
    statistics: psycopg.Connection[Row],
) -> ProbeCost:
    with bench.session(database) as session:
        warm = session.call(probe.query, probe.warm, tenant=probe.tenant)
        if warm.refused:
            return ProbeCost(probe, 0, 0, 0, f"{warm.sqlstate} {warm.message}")
        _flush(bench, session, probe)
        tuples_before = _number(admin, _TUPLES)
        statistics.execute(_RESET, [database])
        result = session.call(probe.query, probe.measured, tenant=probe.tenant)
        buffers = _number(statistics, _BUFFERS, database)
        if result.refused:
            return ProbeCost(probe, 0, 0, 0, f"{result.sqlstate} {result.message}")
        _flush(bench, session, probe)
        return ProbeCost(probe, len(result.rows), buffers, _number(admin, _TUPLES) - tuples_before)


def _flush(bench: SchemaBench, session: ContractSession, probe: Probe) -> None:
    """Make the session hand its table statistics over now instead of within a second."""
    role = bench.parameters.query(probe.query).role
    session.connection(role).execute(b"SELECT pg_catalog.pg_stat_force_next_flush()")


def _number(connection: psycopg.Connection[Row], query: bytes, *params: object) -> float:
    row = connection.execute(query, list(params)).fetchone()
    return float(row[0]) if row else 0.0

"""The store's schema, in one place: the DDL of each version. What every table and column means is in `documentation`.

The DDL of a version never changes once released; a change is a new version. A new file runs all versions in order, an
older file the ones it lacks. `DOCUMENTATION` describes the newest version and is written into the file with COMMENT ON,
so that `SELECT * FROM duckdb_columns()` explains any store.
"""

import duckdb

from reports.documentation import DOCUMENTATION

VERSION_1 = """
CREATE TABLE runs (
    eval_id VARCHAR PRIMARY KEY,
    task_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    log_location VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    model VARCHAR NOT NULL,
    model_snapshot VARCHAR,
    persona_name VARCHAR NOT NULL,
    persona_hash VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    git_commit VARCHAR,
    git_dirty BOOLEAN NOT NULL,
    package_versions JSON NOT NULL,
    family VARCHAR NOT NULL,
    seed BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    generation JSON NOT NULL,
    archeval_version VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    content_hash VARCHAR NOT NULL,
    ingested_at TIMESTAMP NOT NULL
);
CREATE TABLE samples (
    sample_uuid VARCHAR PRIMARY KEY,
    eval_id VARCHAR NOT NULL,
    scenario_id VARCHAR NOT NULL,
    scenario_version VARCHAR NOT NULL,
    comparability INTEGER NOT NULL,
    scenario_title VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    epoch INTEGER NOT NULL,
    outcome VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    score DOUBLE,
    solved BOOLEAN,
    submission_hash VARCHAR,
    prompt_hash VARCHAR NOT NULL,
    unplaced_hash VARCHAR NOT NULL,
    completion_excerpt VARCHAR NOT NULL,
    testbed JSON NOT NULL,
    grade_seed BIGINT,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    total_cost_usd DOUBLE,
    generation_s DOUBLE NOT NULL,
    grading_s DOUBLE NOT NULL
);
CREATE TABLE checks (
    sample_uuid VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    check_id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    score DOUBLE NOT NULL,
    weight DOUBLE NOT NULL,
    gate BOOLEAN NOT NULL,
    spec_lines VARCHAR[] NOT NULL,
    message VARCHAR NOT NULL,
    duration_s DOUBLE NOT NULL
);
CREATE TABLE measurements (
    sample_uuid VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    unit VARCHAR NOT NULL,
    target DOUBLE,
    direction VARCHAR NOT NULL,
    on_target BOOLEAN
);
CREATE TABLE faults (
    sample_uuid VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    step VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    attempt INTEGER NOT NULL
);
CREATE TABLE evidence (
    sample_uuid VARCHAR NOT NULL,
    check_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL
);
CREATE TABLE files (
    sample_uuid VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    content_hash VARCHAR NOT NULL
);
CREATE TABLE contents (
    content_hash VARCHAR PRIMARY KEY,
    size_bytes BIGINT NOT NULL,
    body VARCHAR NOT NULL
);
"""

VERSION_2 = """
ALTER TABLE runs ADD COLUMN updated_at TIMESTAMP;
UPDATE runs SET updated_at = created_at;
CREATE VIEW results AS
SELECT
    samples.sample_uuid, samples.eval_id, runs.run_id, runs.created_at, runs.suite, runs.model, runs.model_snapshot,
    runs.persona_name, runs.persona_hash, samples.family, samples.scenario_id, samples.scenario_version,
    samples.comparability, samples.scenario_title, samples.epoch, samples.outcome, samples.reason, samples.score,
    samples.solved, samples.input_tokens, samples.output_tokens, samples.total_cost_usd, samples.generation_s,
    samples.grading_s
FROM samples JOIN runs USING (eval_id);
"""

MIGRATIONS: tuple[str, ...] = (VERSION_1, VERSION_2)
"""The DDL of version i+1 at index i."""

SCHEMA_VERSION = len(MIGRATIONS)

VERSION_TABLE = """
CREATE TABLE IF NOT EXISTS archeval_schema (
    version INTEGER PRIMARY KEY,
    applied_at TIMESTAMP NOT NULL,
    archeval_version VARCHAR NOT NULL
);
"""


def comment_statements() -> list[str]:
    """Return the COMMENT ON statements that write `DOCUMENTATION` into a store."""
    statements: list[str] = []
    for table, (comment, columns) in DOCUMENTATION.items():
        kind = "VIEW" if comment.startswith("View:") else "TABLE"
        statements.append(f"COMMENT ON {kind} {table} IS {_literal(comment)}")
        statements += [f"COMMENT ON COLUMN {table}.{name} IS {_literal(text)}" for name, text in columns.items()]
    return statements


def markdown() -> str:
    """Return the schema's documentation as Markdown, one section per table; types are those of a new store."""
    parts = [f"# The store, schema version {SCHEMA_VERSION}"]
    types = column_types()
    for table, (comment, columns) in DOCUMENTATION.items():
        rows = "\n".join(f"| `{name}` | {types[table, name]} | {text} |" for name, text in columns.items())
        parts.append(f"## {table}\n\n{comment}\n\n| column | type | meaning |\n|---|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


def column_types() -> dict[tuple[str, str], str]:
    """Return the type of every table's columns, by table and column, as DuckDB names it in a new store."""
    with duckdb.connect() as connection:
        connection.execute(VERSION_TABLE)
        for version in MIGRATIONS:
            connection.execute(version)
        rows = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    return {(table, column): kind for table, column, kind in rows}


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

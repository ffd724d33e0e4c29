"""The store's schema, in one place: the DDL of each version, and what every table and column means.

The DDL of a version never changes once released; a change is a new version. A new file runs all versions in order, an
older file the ones it lacks. `DOCUMENTATION` describes the newest version and is written into the file with COMMENT ON,
so that `SELECT * FROM duckdb_columns()` explains any store.
"""

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

DOCUMENTATION: dict[str, tuple[str, dict[str, str]]] = {
    "archeval_schema": (
        "The schema versions that this file went through. The largest one is its version.",
        {
            "version": "Schema version, from 1.",
            "applied_at": "When this version's DDL ran, UTC.",
            "archeval_version": "The archeval that ran it.",
        },
    ),
    "runs": (
        "One row per Inspect log: one run of one family with one model and one persona.",
        {
            "eval_id": "Inspect's eval id, the key.",
            "task_id": "Inspect's task id. A resumed log keeps it; the store keeps the latest log per task id.",
            "run_id": "Inspect's run id, shared by the logs that one command made.",
            "log_location": "Where the log lay when it was read.",
            "created_at": "When the run began, UTC.",
            "model": "The model as it was asked for, provider/name.",
            "model_snapshot": "The model id that the provider reported, if it did.",
            "persona_name": "Name of the persona file, or none.",
            "persona_hash": "SHA-256 of the persona's text. Two versions of a persona are two things to compare.",
            "suite": "smoke, nightly, full, or another name of a scenario selection.",
            "git_commit": "Commit of the working directory, if it was in a git repository.",
            "git_dirty": "Whether that directory had uncommitted changes.",
            "package_versions": "JSON object: package name to version.",
            "family": "The family of the task's scenarios.",
            "seed": "Seed of the run.",
            "status": "success, error or cancelled, as Inspect ended it.",
            "generation": "JSON object: the generation config (temperature, max_tokens, …).",
            "archeval_version": "The archeval that ran it.",
            "tags": "Tags of the run.",
            "content_hash": "SHA-256 of the ingested records; tells whether the same log was read before.",
            "ingested_at": "When these rows were written, UTC.",
            "updated_at": "When the log was last written, UTC. An older state never replaces a newer one.",
        },
    ),
    "samples": (
        "One row per answer: one scenario, one epoch, one run.",
        {
            "sample_uuid": "Inspect's sample uuid, the key.",
            "eval_id": "The run it belongs to.",
            "scenario_id": "The scenario; unique within its family.",
            "scenario_version": "N-X. Scores with different N must not be mixed.",
            "comparability": "The N of scenario_version.",
            "scenario_title": "The scenario's title at that version.",
            "family": "The scenario's family.",
            "epoch": "Repetition, from 1.",
            "outcome": "graded, truncated, refused, empty, unparsable, unscored or error.",
            "reason": "Why it was not graded, for a person to read; empty when graded.",
            "score": "0..1. The grade's when graded; 0 when truncated, refused, empty or unparsable; else NULL.",
            "solved": "Whether every gate passed. NULL exactly where score is NULL.",
            "submission_hash": "Content hash of the submission that was graded.",
            "prompt_hash": "The prompt, in contents.",
            "unplaced_hash": "What the answer parser could not place, in contents.",
            "completion_excerpt": "Beginning of the model's raw answer.",
            "testbed": "JSON object: what it was graded on (provider, server versions, sandbox tier).",
            "grade_seed": "Seed of the grade.",
            "input_tokens": "Tokens read by the model.",
            "output_tokens": "Tokens written by the model.",
            "total_cost_usd": "Cost in US dollars where the price is known, else NULL.",
            "generation_s": "Seconds that the model took.",
            "grading_s": "Seconds that the grade took.",
        },
    ),
    "checks": (
        "One row per check result of a graded sample (unscored samples keep the checks they got to).",
        {
            "sample_uuid": "The sample.",
            "position": "Order within the grade, from 0.",
            "check_id": "The check.",
            "title": "The check's question.",
            "status": "passed, failed, blocked (a check it requires did not pass; counts as failed) or not_applicable.",
            "score": "0..1; partial credit only when failed.",
            "weight": "Weight in the sample's score.",
            "gate": "Whether it must pass for the sample to count as solved.",
            "spec_lines": "Ids of the persona specification's lines that it is evidence for.",
            "message": "What was found.",
            "duration_s": "Seconds that it took.",
        },
    ),
    "measurements": (
        "One row per number measured in a grade.",
        {
            "sample_uuid": "The sample.",
            "position": "Order within the grade, from 0.",
            "name": "What was measured.",
            "value": "The number, in `unit`.",
            "unit": "Its unit.",
            "target": "What it should reach, if there is a target.",
            "direction": "lower_is_better or higher_is_better.",
            "on_target": "Whether the value meets the target; NULL without one.",
        },
    ),
    "faults": (
        "One row per failure of the harness while it graded a sample, recovered or not.",
        {
            "sample_uuid": "The sample.",
            "position": "Order within the grade, from 0.",
            "step": "The step of the grade.",
            "kind": "Short stable word for what failed.",
            "message": "What happened.",
            "attempt": "Attempt at grading, from 1.",
        },
    ),
    "evidence": (
        "One row per piece of evidence of a check result; its text is in contents.",
        {
            "sample_uuid": "The sample.",
            "check_id": "The check.",
            "position": "Order within the check, from 0.",
            "title": "What it shows.",
            "kind": "text, sql, diff, plan, table or log.",
            "content_hash": "The text, in contents.",
        },
    ),
    "files": (
        "One row per file of a submission; its text is in contents.",
        {
            "sample_uuid": "The sample.",
            "path": "Relative POSIX path, as the model gave it.",
            "content_hash": "The text, in contents.",
        },
    ),
    "contents": (
        "Texts (files, evidence, prompts), each stored once.",
        {
            "content_hash": "SHA-256 of the UTF-8 text, the key.",
            "size_bytes": "Its size in UTF-8 bytes.",
            "body": "The text.",
        },
    ),
    "results": (
        "View: samples with their run, for queries by model and persona.",
        {},
    ),
}


def comment_statements() -> list[str]:
    """Return the COMMENT ON statements that write `DOCUMENTATION` into a store."""
    statements: list[str] = []
    for table, (comment, columns) in DOCUMENTATION.items():
        kind = "VIEW" if comment.startswith("View:") else "TABLE"
        statements.append(f"COMMENT ON {kind} {table} IS {_literal(comment)}")
        statements += [f"COMMENT ON COLUMN {table}.{name} IS {_literal(text)}" for name, text in columns.items()]
    return statements


def markdown() -> str:
    """Return the schema's documentation as Markdown, one section per table."""
    parts = [f"# The store, schema version {SCHEMA_VERSION}"]
    for table, (comment, columns) in DOCUMENTATION.items():
        parts.append(f"## {table}\n\n{comment}")
        if columns:
            rows = "\n".join(f"| `{name}` | {text} |" for name, text in columns.items())
            parts.append(f"| column | meaning |\n|---|---|\n{rows}")
    return "\n\n".join(parts) + "\n"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

"""Made-up but plausible records: three models, three scenarios, three epochs, 18 checks each, some without a score."""

import hashlib
import random
from datetime import UTC, datetime, timedelta

from reports.records import LogRecords, Outcome, RunRecord, SampleRecord
from scorers.evidence import Evidence
from scorers.results import CheckResult, FaultRecord, Grade, Measurement

FAMILY = "database_schema"
PERSONA_HASH = hashlib.sha256(b"backend_architect").hexdigest()
STARTED = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)

MODELS = {"replay/reference": 0.97, "replay/alternate": 0.84, "replay/naive": 0.42}
"""Model to the chance that it passes a check of average difficulty."""

SCENARIOS = {
    "multi_tenant_saas": "Projects, tasks and audit for many tenants in one database",
    "ecommerce_orders": "Catalogue, cart, stock, orders and payments for a shop",
    "evolve_billing": "Change a billing schema that is in use without breaking its callers",
}

# id, title, weight, gate, difficulty, spec lines
CHECKS: tuple[tuple[str, str, float, bool, float, tuple[str, ...]], ...] = (
    ("deliverables", "Are all the files of the contract there?", 1, True, 0.0, ("output.complete",)),
    ("migrations.parse", "Does every migration parse?", 1, True, 0.0, ("data.migrations",)),
    ("migrations.pairs", "Does each migration have its way back, in order?", 1, True, 0.1, ("data.migrations",)),
    ("migrations.apply", "Do the migrations apply as the owner?", 2, True, 0.1, ("data.migrations",)),
    ("migrations.roundtrip", "Does each step down restore the catalog before it?", 3, True, 0.4, ("data.rollback",)),
    ("oracle", "Do the named queries return what the contract says?", 5, True, 0.3, ("core.correctness",)),
    ("tenancy.reads", "Can a tenant read only its own rows?", 4, True, 0.5, ("security.isolation",)),
    ("tenancy.writes", "Can a tenant write only its own rows?", 4, True, 0.5, ("security.isolation",)),
    ("tenancy.parents", "Can a row not be hung below another tenant's?", 3, False, 0.8, ("security.isolation",)),
    ("integrity.duplicates", "Are duplicates refused?", 2, False, 0.3, ("data.constraints",)),
    ("integrity.orphans", "Are orphans refused?", 2, False, 0.3, ("data.constraints",)),
    ("integrity.money", "Is money neither negative nor rounded?", 2, False, 0.6, ("data.types",)),
    ("integrity.race", "Does one buyer get the last item?", 4, True, 0.7, ("data.concurrency",)),
    ("queries.pages", "Does a page cost the same at any depth?", 3, False, 0.8, ("perf.pagination",)),
    ("queries.lookups", "Is a look-up by key independent of size?", 3, False, 0.4, ("anti.no_indexing",)),
    ("advice.foreign_keys", "Are foreign keys to growing tables indexed?", 0.5, False, 0.6, ("anti.no_indexing",)),
    ("advice.timestamps", "Are moments stored with their zone?", 0.5, False, 0.3, ("data.types",)),
    ("advice.locks", "Do migrations avoid long locks?", 0.5, False, 0.7, ("data.zero_downtime",)),
)

PLAN = """Limit  (cost=412.10..414.60 rows=50) (actual rows=50 loops=1)
  Buffers: shared hit=1893
  ->  Sort  (actual rows=50 loops=1)
        Sort Key: created_at DESC, id DESC
        ->  Seq Scan on tasks  (actual rows=19834 loops=1)
              Filter: (tenant_id = 'b3f0'::uuid)
              Rows Removed by Filter: 166"""

DIFF = """--- catalog before 0003
+++ catalog after 0003 up and down
@@ indexes @@
-tasks_project_id_idx  CREATE INDEX ON tasks (project_id)
+(missing)"""

SQL_UP = """-- Tasks belong to a project of the same tenant.
CREATE TABLE projects (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, name)
);

CREATE TABLE tasks (
    tenant_id uuid NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    project_id bigint NOT NULL,
    title text NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'doing', 'done')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, project_id) REFERENCES projects (tenant_id, id) ON DELETE CASCADE
);

ALTER TABLE tasks ENABLE ROW LEVEL SECURITY;
CREATE POLICY tasks_of_tenant ON tasks
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
"""

SQL_DOWN = "DROP TABLE tasks;\nDROP TABLE projects;\n"

QUERIES = """-- name: list_projects
-- Newest first, one page.
SELECT id, name, created_at
FROM projects
WHERE (created_at, id) < (:after_created_at, :after_id)
ORDER BY created_at DESC, id DESC
LIMIT :page_size;

-- name: add_task<!
INSERT INTO tasks (tenant_id, project_id, title)
VALUES (current_setting('app.tenant_id')::uuid, :project_id, :title)
RETURNING id;
"""

DESIGN = """# Design

Every table carries `tenant_id` as the first column of its key, so that a foreign key cannot cross tenants.

- Row level security is on for all tables that hold tenants' rows.
- Pages are walked by key, never by offset.
"""


def demo_logs(*, models: dict[str, float] | None = None, epochs: int = 3, seed: int = 7) -> list[LogRecords]:
    """One log per model. The same arguments give the same records."""
    return [
        demo_log(model, skill, index=index, epochs=epochs, seed=seed)
        for index, (model, skill) in enumerate((models or MODELS).items())
    ]


def demo_log(model: str, skill: float, *, index: int = 0, epochs: int = 3, seed: int = 7) -> LogRecords:
    """The log of `model`, which passes checks about as often as `skill` says."""
    slug = model.replace("/", "-")
    run = RunRecord(
        run_id=f"run-{seed}",
        eval_id=f"eval-{slug}-{seed}",
        task_id=f"task-{slug}-{seed}",
        log_location=f"logs/{slug}.eval",
        created_at=STARTED + timedelta(minutes=4 * index),
        model=model,
        model_snapshot=None if index else f"{model}-2026-10-01",
        persona_name="backend_architect",
        persona_hash=PERSONA_HASH,
        suite="smoke",
        git_commit="4be1c0ffee5e1f0d2b7a9c3d8e6f102938475601",
        git_dirty=index == 1,
        package_versions={"inspect-ai": "0.3.285", "duckdb": "2.0.0"},
        family=FAMILY,
        seed=seed,
        status="success",
        generation={"temperature": 1.0, "max_tokens": 32000},
        archeval_version="0.1.0",
        tags=["demo"],
    )
    samples = [
        demo_sample(run, scenario_id, epoch, skill, random.Random(f"{seed}{model}{scenario_id}{epoch}"))
        for scenario_id in SCENARIOS
        for epoch in range(1, epochs + 1)
    ]
    return LogRecords(run=run, samples=samples)


def demo_sample(run: RunRecord, scenario_id: str, epoch: int, skill: float, chance: random.Random) -> SampleRecord:
    """One sample; now and then one that was truncated, or that the harness could not score."""
    naive, faulted = skill < 0.5, skill > 0.9
    outcome: Outcome = "graded"
    if naive and (scenario_id, epoch) == ("ecommerce_orders", 3):
        outcome = "truncated"
    if (faulted and (scenario_id, epoch) == ("evolve_billing", 2)) or (naive and scenario_id[0] == "m" and epoch == 1):
        outcome = "unscored"
    reasons = {
        "graded": "",
        "truncated": "The answer stopped at max_tokens (32,000) in the middle of migrations/0004_payments.up.sql.",
        "unscored": "PostgreSQL went away twice, at different steps; grade it again with archeval score.",
    }
    grade = None if outcome == "truncated" else demo_grade(scenario_id, skill, chance, unscored=outcome == "unscored")
    cost = None if run.model.endswith("alternate") else round(chance.uniform(0.04, 0.2), 4)
    return SampleRecord(
        eval_id=run.eval_id,
        sample_uuid=f"{run.eval_id}-{scenario_id}-{epoch}",
        scenario_id=scenario_id,
        scenario_version="1-A",
        scenario_title=SCENARIOS[scenario_id],
        family=FAMILY,
        epoch=epoch,
        grade=grade,
        outcome=outcome,
        reason=reasons[outcome],
        prompt=f"# {SCENARIOS[scenario_id]}\n\nDesign the schema. State your choices in `DESIGN.md`.\n\n" * 3,
        files=_files(scenario_id, chance),
        unplaced="SELECT 1; -- where does this go?" if naive else "",
        completion_excerpt="Here is the schema. I chose composite keys because…",
        input_tokens=chance.randrange(2600, 3200),
        output_tokens=chance.randrange(4000, 14000),
        total_cost_usd=cost,
        generation_s=round(chance.uniform(30, 120), 1),
        grading_s=round(chance.uniform(2, 9), 1),
    )


def demo_grade(scenario_id: str, skill: float, chance: random.Random, *, unscored: bool = False) -> Grade:
    """A grade with all 18 checks, or cut short by a fault."""
    checks = [_check(item, skill, chance) for item in CHECKS[: 5 if unscored else None]]
    if scenario_id != "ecommerce_orders":
        checks = [
            check.model_copy(update={"status": "not_applicable", "score": 0.0, "message": "no stock here"})
            if check.check_id == "integrity.race"
            else check
            for check in checks
        ]
    faults = [
        FaultRecord(step="oracle", kind="postgres_gone", message="server closed the connection", attempt=1),
        FaultRecord(step="tenancy", kind="postgres_gone", message="server closed the connection", attempt=2),
    ]
    return Grade(
        scenario_id=scenario_id,
        scenario_version="1-A",
        family=FAMILY,
        submission_hash=hashlib.sha256(str(chance.random()).encode()).hexdigest(),
        checks=checks,
        measurements=[
            Measurement(name="list_projects buffers", value=chance.randrange(4, 60), unit="buffers", target=40),
            Measurement(
                name="page 400 against page 1", value=round(chance.uniform(0.9, 9), 2), unit="times", target=1.5
            ),
            Measurement(name="contract covered", value=97.5, unit="%", target=95, direction="higher_is_better"),
            Measurement(name="catalog objects", value=chance.randrange(30, 70), unit="objects"),
        ],
        faults=faults if unscored else [],
        unscored_reason="fault" if unscored else None,
        testbed={"provider": "embedded", "postgres": "18.6", "isolation": "namespaces"},
        seed=chance.randrange(1000),
        duration_s=4.0,
    )


def _check(
    item: tuple[str, str, float, bool, float, tuple[str, ...]], skill: float, chance: random.Random
) -> CheckResult:
    check_id, title, weight, gate, difficulty, spec_lines = item
    passes = chance.random() < 1 - (1 - skill) * 2 * difficulty
    evidence = [
        Evidence(title="Plan of list_tasks at 20,000 rows", body=PLAN, kind="plan"),
        Evidence(title="Catalog", body=DIFF, kind="diff"),
        Evidence(title="What was run", body="SELECT * FROM tasks WHERE title = 'B''s secret';", kind="sql"),
    ]
    blocked = not passes and check_id.startswith("tenancy") and chance.random() < 0.3
    partial = 0.5 if not passes and check_id.startswith("integrity") else 0.0
    return CheckResult(
        check_id=check_id,
        title=title,
        status="passed" if passes else "blocked" if blocked else "failed",
        score=1.0 if passes else 0.0 if blocked else partial,
        weight=weight,
        gate=gate,
        spec_lines=list(spec_lines),
        message="As asked." if passes else "Blocked by oracle." if blocked else "Not so: see the evidence.",
        evidence=[] if passes or blocked else evidence[: chance.randrange(1, 4)],
        duration_s=round(chance.random(), 2),
    )


def _files(scenario_id: str, chance: random.Random) -> dict[str, str]:
    note = f"\n-- Fill factor {chance.randrange(70, 100)} for {scenario_id}.\n"
    return {
        "migrations/0001_init.up.sql": SQL_UP + note,
        "migrations/0001_init.down.sql": SQL_DOWN,
        "queries.sql": QUERIES,
        "DESIGN.md": DESIGN,
    }

"""Checks on what was handed in, and on whether it starts at all."""

from scorers.checks import Outcome, check, failed, passed
from scorers.database_schema.migrations import FOLDER, parse_migrations
from scorers.evidence import Evidence
from scorers.performance.bench import DESIGN, PerformanceBench, service_files
from scorers.performance.judging import submissions_fault
from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.manifest import MANIFEST, parse_manifest


@check(
    id="files_complete",
    title="Changed files, migrations and the note are there and can be read",
    spec_lines=("deliverable.performance_report", "evolution.migration_driven"),
    gate=True,
)
def files_complete(bench: PerformanceBench) -> Outcome:
    """Are there changed files or migrations, is every migration a complete pair with a free number, is DESIGN.md there?

    Why: a migration without its way back, or a number that is taken, stops a deployment; a change without its reasons
    and its measurements cannot be reviewed.
    Source: golang-migrate's file naming, the scenario's contract.
    Fails: `migrations/0002_index.up.sql` where 0002 is applied already.
    """
    files = bench.submission.files
    problems: list[str] = []
    if any(path.startswith(FOLDER) for path in files):
        bench.schema.migrations, problems = parse_migrations(files)
    last = max((step.version for step in bench.schema.base), default=0)
    problems += [
        f"version {step.version} does not come after the last one that is applied already ({last})"
        for step in bench.schema.migrations
        if step.version <= last
    ]
    if not bench.schema.migrations and not service_files(files):
        problems.append("nothing is changed: there are neither files of the service nor migrations")
    if not files.get(DESIGN, "").strip():
        problems.append(f"{DESIGN} is missing or empty")
    problems += _manifest_problems(bench)
    if problems:
        return failed(
            f"{len(problems)} problems with the files", evidence=[Evidence(title="Problems", body="\n".join(problems))]
        )
    changed = len(service_files(files))
    return passed(f"{changed} files of the service, {len(bench.schema.migrations)} migrations, {DESIGN}")


@check(
    id="service_starts",
    title="The service starts",
    spec_lines=("observability.health_checks", "task.performance"),
    gate=True,
    requires=("data_survives",),
)
@submissions_fault
def service_starts(bench: PerformanceBench) -> Outcome:
    """Does the changed service come up on the migrated database, answer `/ready`, and keep running?

    Why: what does not start cannot be fast.
    Source: the scenario's contract.
    Fails: an import of a package that the runtime does not have.
    """
    with bench.side("candidate", "small") as side:
        side.assert_alive()
    return passed("the service came up")


def _manifest_problems(bench: PerformanceBench) -> list[str]:
    try:
        parse_manifest(bench.files_of("candidate")[MANIFEST])
    except ServiceFailure as failure:
        return [failure.reason]
    return []

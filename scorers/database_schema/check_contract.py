"""Checks that only need the named queries: is the answer right, is bad data refused, do parallel callers agree?"""

from contextlib import ExitStack

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import ConcurrencyTrial, IntegrityCase
from scorers.database_schema.session import ContractSession
from scorers.database_schema.stateful import MachineRun, run_machine
from scorers.database_schema.values import ShapeError
from scorers.database_schema.violation import Violation
from scorers.evidence import Evidence

MACHINE_EXAMPLES = 30
MACHINE_STEPS = 40


@check(
    id="right",
    title="The named queries do what the contract says",
    spec_lines=("task.database_schema", "capability.schema_design", "anti.unplanned_query_patterns"),
    weight=4,
    gate=True,
    requires=("migrations_apply",),
)
def right(bench: SchemaBench) -> Outcome:
    """Do the named queries give the results, orders, pages and refusals of the contract, in any sequence?

    A model of the contract runs seeded sequences of calls beside the database and compares each answer.

    Why: whether an answer is fast or safe is worth asking only when it is right; `WHERE false` leaks nothing.
    Source: the scenario's contract; stateful testing as in hypothesis's rule-based state machines.
    Fails: a page that repeats a row because the order has ties and the cursor does not break them.
    """
    found = run_machine(
        bench.oracle.machine(),
        lambda stack: _fresh_session(bench, stack),
        seed_number=bench.random("machine").getrandbits(64),
        examples=MACHINE_EXAMPLES,
        steps=MACHINE_STEPS,
    )
    if found.violation is not None:
        return failed(
            f"{found.violation.what} is not as the contract says", evidence=violation_evidence(found.violation)
        )
    return passed(
        f"{found.calls} calls in {found.examples} sequences agree with the model", evidence=[_coverage(bench, found)]
    )


@check(
    id="integrity",
    title="The database refuses bad data and keeps good data exactly",
    spec_lines=("evolution.database_integrity", "capability.schema_design"),
    weight=3,
    requires=("right",),
)
def integrity(bench: SchemaBench) -> Outcome:
    """Are duplicates, orphans, missing or impossible values refused as stated, and all else stored exactly?

    Each clause of the contract is tried by itself on an empty database; the score is the share of clauses that hold.

    Why: an application has bugs and more than one writer; what the database does not enforce will be broken.
    Source: the scenario's contract; PostgreSQL documentation, chapter "Constraints" and appendix "Error Codes".
    Fails: an amount kept as `double precision`, so that 9007199254740993 comes back as 9007199254740992.
    """
    cases = bench.oracle.integrity_cases()
    if not cases:
        return not_applicable("the contract has no clauses of this kind")
    broken = {case.name: violation for case in cases if (violation := _try_case(bench, case)) is not None}
    groups = sorted({case.group for case in cases})
    bad = sorted({case.group for case in cases if case.name in broken})
    if not broken:
        return passed(f"{len(cases)} attempts on {len(groups)} clauses: {', '.join(groups)}")
    evidence = [
        item for name, violation in broken.items() for item in violation_evidence(violation, prefix=f"{name}: ")
    ]
    share = (len(groups) - len(bad)) / len(groups)
    return failed(f"{len(bad)} of {len(groups)} clauses do not hold: {', '.join(bad)}", score=share, evidence=evidence)


@check(
    id="concurrency",
    title="Parallel callers cannot break the contract",
    spec_lines=("capability.schema_design", "capability.distributed_consistency"),
    weight=3,
    gate=True,
    requires=("right",),
)
def concurrency(bench: SchemaBench) -> Outcome:
    """Does the contract hold when real sessions call at the same moment, over many rounds?

    Why: reading and then writing is right in every test with one user, and sells the last item twice with two.
    Source: PostgreSQL documentation, chapter "Concurrency Control".
    Fails: a stock check in one statement and the decrement in another, without a lock or a constraint between them.
    """
    trials = bench.oracle.concurrency_trials()
    if not trials:
        return not_applicable("the contract says nothing about parallel callers")
    for trial in trials:
        violation = _run_trial(bench, trial)
        if violation is not None:
            return failed(f"{trial.name}: {violation.what}", evidence=violation_evidence(violation))
    return passed(f"{len(trials)} trials: {', '.join(f'{trial.name} ({trial.rounds} rounds)' for trial in trials)}")


def violation_evidence(violation: Violation, *, prefix: str = "") -> list[Evidence]:
    """A broken contract as evidence: what was expected, what came, and the calls that lead there."""
    body = f"expected: {violation.expected}\nactual:   {violation.actual}"
    if violation.steps:
        body += "\n\ncalls, oldest first:\n" + "\n".join(f"{n:3d}. {step}" for n, step in enumerate(violation.steps, 1))
    return [Evidence(title=f"{prefix}{violation.what}", body=body)]


def _fresh_session(bench: SchemaBench, stack: ExitStack) -> ContractSession:
    return stack.enter_context(bench.session(stack.enter_context(bench.database())))


def _coverage(bench: SchemaBench, found: MachineRun) -> Evidence:
    contracts = (*bench.parameters.queries, *bench.parameters.given_queries)
    counts = "\n".join(f"{found.calls_by_query.get(contract.name, 0):6d}  {contract.name}" for contract in contracts)
    return Evidence(title="Calls by query", body=counts, kind="table")


def _try_case(bench: SchemaBench, case: IntegrityCase) -> Violation | None:
    with ExitStack() as stack:
        session = _fresh_session(bench, stack)
        try:
            case.run(session, bench.random(f"integrity/{case.name}"))
        except Violation as violation:
            return violation
        except ShapeError as error:
            return Violation(case.name, expected="a result of the contract's shape", actual=str(error))
    return None


def _run_trial(bench: SchemaBench, trial: ConcurrencyTrial) -> Violation | None:
    for round_number in range(trial.rounds):
        with ExitStack() as stack:
            database = stack.enter_context(bench.database())
            try:
                trial.run(
                    lambda stack=stack, database=database: stack.enter_context(bench.session(database)),
                    bench.random(f"concurrency/{trial.name}/{round_number}"),
                )
            except Violation as violation:
                return violation
            except ShapeError as error:
                return Violation(trial.name, expected="a result of the contract's shape", actual=str(error))
    return None

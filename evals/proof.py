"""Proof that the testbed works here, before the first token is paid for."""

from collections.abc import Callable

from evals.datasets import load_scenarios
from evals.plan import Plan
from evals.recordings import REFERENCE
from scorers.errors import HarnessFault
from scorers.grade_cache import GradeCache
from scorers.grading import grade
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.testbed.providers import provider

Say = Callable[[str], None]


def prove_testbed(plan: Plan, say: Say) -> None:
    """Diagnose the testbed, and grade one reference per family unless every model is free.

    The reference's grade is kept in the machine's cache by the content of scenario, graders and runtime, so a second
    run does not wait for it. Raises HarnessFault (kind `testbed_unproven`) that says what is missing.
    """
    testbed = provider(plan.options.testbed)
    missing = [line for line in testbed.diagnose() if not line.ok]
    if missing:
        found = "; ".join(f"{line.subject}: {line.found} ({line.remedy})" for line in missing)
        raise HarnessFault(f"the testbed is not ready: {found}; see `archeval doctor`", kind="testbed_unproven")
    if not plan.pays:
        return
    cache = GradeCache.for_machine(provider_name=plan.options.testbed)
    for family, scenarios in plan.by_family.items():
        scenario = _with_reference(family, scenarios)
        if scenario is None:
            say(f"no scenario of {family} ships a reference, so its graders are not proved")
            continue
        submission = scenario.solution(REFERENCE)
        proved = cache.get(scenario, submission, plan.options.seed)
        if proved is None:
            say(f"proving the testbed with the reference of {scenario.id} (kept for the next run)")
            proved = grade(scenario, submission, testbed, seed=plan.options.seed)
            cache.put(scenario, submission, plan.options.seed, proved)
        _require_solved(scenario, proved)


def _with_reference(family: str, scenarios: list[Scenario]) -> Scenario | None:
    others = (scenario for scenario in load_scenarios() if scenario.family == family)
    return next((one for one in (*scenarios, *others) if REFERENCE in one.solution_names()), None)


def _require_solved(scenario: Scenario, graded: Grade) -> None:
    if graded.solved:
        return
    failed = [
        f"{check.check_id}: {check.message}" for check in graded.checks if check.gate and check.status == "failed"
    ]
    faults = [f"{fault.step}: {fault.message}" for fault in graded.faults]
    raise HarnessFault(
        f"the reference of {scenario.id!r} is not solved on this machine, so no model would be judged rightly: "
        f"{'; '.join(failed + faults)}; see `archeval doctor`, then `archeval validate --scenario {scenario.id}`",
        kind="testbed_unproven",
    )

"""The family `performance` as an Inspect task: `inspect eval evals/performance.py --model …`."""

from inspect_ai import Task, task

from evals.persona import DEFAULT
from evals.scorer import DEFAULT_SLOTS
from evals.tasks import family_task
from scorers.scenario import Suite


@task(name="archeval/performance")
def performance(
    suite: Suite = "nightly",
    scenario: str | list[str] | None = None,
    datasets: str | list[str] | None = None,
    persona: str = DEFAULT,
    testbed: str = "embedded",
    seed: int = 0,
    slots: int = DEFAULT_SLOTS,
) -> Task:
    """Make a slow service fast and keep it right: changed files, migrations, and a report with before and after.

    Args:
        suite: `smoke`, `nightly` or `full`, each with all of the one before. `smoke` has none of these: they take minutes.
        scenario: Only these scenarios.
        datasets: Folders with scenarios beside those shipped.
        persona: A Markdown file that becomes the system prompt, `default`, or `none`.
        testbed: Which servers to grade on.
        seed: The same seed asks the same questions of the same files.
        slots: How many grades run at once.
    """
    return family_task(
        "performance",
        suite=suite,
        scenario=scenario,
        datasets=datasets,
        persona=persona,
        testbed=testbed,
        seed=seed,
        slots=slots,
    )

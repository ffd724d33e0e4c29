"""The family `database_schema` as an Inspect task: `inspect eval evals/database_schema.py --model …`."""

from inspect_ai import Task, task

from evals.persona import DEFAULT
from evals.scorer import DEFAULT_SLOTS
from evals.tasks import DEFAULT_SUITE, family_task
from scorers.scenario import Suite


@task(name="archeval/database_schema")
def database_schema(
    suite: Suite = DEFAULT_SUITE,
    scenario: str | list[str] | None = None,
    datasets: str | list[str] | None = None,
    persona: str = DEFAULT,
    testbed: str = "embedded",
    seed: int = 0,
    slots: int = DEFAULT_SLOTS,
) -> Task:
    """Design the data of an application on PostgreSQL: migrations, queries, and a note on the decisions.

    Args:
        suite: `smoke`, `nightly` or `full`, each with all of the one before.
        scenario: Only these scenarios.
        datasets: Folders with scenarios beside those shipped.
        persona: A Markdown file that becomes the system prompt, `default`, or `none`.
        testbed: Which servers to grade on.
        seed: The same seed asks the same questions of the same files.
        slots: How many grades run at once.
    """
    return family_task(
        "database_schema",
        suite=suite,
        scenario=scenario,
        datasets=datasets,
        persona=persona,
        testbed=testbed,
        seed=seed,
        slots=slots,
    )

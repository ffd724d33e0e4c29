"""Runs a plan on Inspect's `eval_set`: generation, grading, retries and resumption are Inspect's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from inspect_ai import Task, eval_set  # pyright: ignore[reportUnknownVariableType]  (its scanner types are optional)
from inspect_ai.log import EvalLog, list_eval_logs, read_eval_log
from inspect_ai.model import GenerateConfigArgs, Model, get_model
from inspect_ai.util import DisplayType

from evals.budget import BUDGET
from evals.family_tasks import TASKS
from evals.persona import DEFAULT, NONE
from evals.places import user_path
from evals.plan import Plan
from evals.prerequisites import as_input_error
from evals.recordings import PREFIX
from scorers.errors import InputError

RETRY_ATTEMPTS = 2
"""How often Inspect takes up a task again whose samples ended in errors; finished samples are not asked again."""

Display = Literal["full", "rich", "plain", "none"]


@dataclass(frozen=True)
class Ran:
    """How a run ended: whether every sample of every task came to its end, and the headers of the logs."""

    complete: bool
    logs: list[EvalLog]


def default_log_dir() -> Path:
    """A new folder below `logs/`, named by the time."""
    return Path("logs") / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%SZ")


def make_models(plan: Plan) -> list[Model]:
    """Return the plan's models. Raises InputError when one cannot be had: no such provider, no key."""
    try:
        with as_input_error():
            return [_model(name, plan.options.seed) for name in plan.options.models]
    except ValueError as error:
        raise InputError(f"{error} Models are named as Inspect names them, such as anthropic/claude-…") from error


def run(plan: Plan, models: list[Model], log_dir: Path, display: DisplayType, *, grades: bool = True) -> Ran:
    """Run the plan, or what is left of it in `log_dir`. Raises InputError when that holds logs of another run."""
    return run_together([plan], models, log_dir, display, grades=grades)


def run_together(
    plans: Sequence[Plan], models: list[Model], log_dir: Path, display: DisplayType, *, grades: bool = True
) -> Ran:
    """Run plans that differ in nothing but the persona, a family of all of them at a time.

    What drifts while they run (the provider, the machine) then meets them all alike. Without `grades`, models are asked
    and nothing that they hand in is run; `archeval score` grades it later, elsewhere. Raises InputError as `run` does.
    """
    options = plans[0].options
    unknown = sorted({family for plan in plans for family in plan.by_family} - set(TASKS))
    if unknown:
        raise InputError(f"family {unknown[0]!r} has no task; there are {sorted(TASKS)}")
    BUDGET.start(options.cost_limit_usd, spent_usd=_spent_usd(log_dir))
    config: GenerateConfigArgs = {}
    if options.max_tokens is not None:
        config["max_tokens"] = options.max_tokens
    if options.temperature is not None:
        config["temperature"] = options.temperature
    if options.max_connections is not None:
        config["max_connections"] = options.max_connections
    with as_input_error():
        complete, logs = eval_set(
            tasks=[task for together in zip(*map(_tasks, plans), strict=True) for task in together],
            model=models,
            log_dir=str(log_dir),
            epochs=options.epochs,
            tags=list(options.tags) or None,
            continue_on_fail=True,
            score=grades,
            retry_attempts=RETRY_ATTEMPTS,
            ctl_server=False,
            display=display,
            **config,
        )
    return Ran(complete, logs)


def _tasks(plan: Plan) -> list[Task]:
    options = plan.options
    return [
        TASKS[family](
            suite=options.suite,
            scenario=[scenario.id for scenario in scenarios] if options.ids else None,
            datasets=[str(root.absolute()) for root in options.roots] or None,
            persona=options.persona if options.persona in {DEFAULT, NONE} else str(user_path(options.persona)),
            testbed=options.testbed,
            seed=options.seed,
            slots=options.slots,
        )
        for family, scenarios in plan.by_family.items()
    ]


def _model(name: str, seed: int) -> Model:
    if name.startswith(PREFIX):
        return get_model(name, memoize=False, seed=seed)
    return get_model(name, memoize=False)


def _spent_usd(log_dir: Path) -> float:
    """What the logs of a run that is resumed say it has cost."""
    if not log_dir.is_dir():
        return 0.0
    logs = [read_eval_log(info, header_only=True) for info in list_eval_logs(str(log_dir))]
    return sum(usage.total_cost or 0.0 for log in logs for usage in log.stats.model_usage.values())

"""Runs the two sides of a gate: together, or the head alone where the store has the base."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from inspect_ai.model import Model

from evals.ingest import ingest
from evals.log_places import log_files
from evals.persona import Persona
from evals.plan import Plan, RunOptions, make_plan
from evals.proof import prove_testbed
from evals.runs import Display, make_models, run_together
from reports.gate.reuse import differences_from, earlier_runs, oldest
from reports.records import RunRecord
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Change:
    """What is gated: another persona, or another model. The rest of `options` is the same on both sides."""

    options: RunOptions
    base_persona: str
    base_model: str | None = None

    @property
    def of_model(self) -> bool:
        """Whether the model is what changes."""
        return self.base_model is not None


@dataclass(frozen=True)
class Ran:
    """How to find the two sides in the store, and how they came about."""

    base: Filters
    head: Filters
    base_reused: bool
    complete: bool


def plan_change(change: Change) -> tuple[Plan, Plan]:
    """Settle both sides. Raises InputError when nothing changes, or both persona and model do."""
    if len(change.options.models) != 1:
        raise InputError(f"a gate asks one model, not {list(change.options.models)}; name it with --model")
    head = make_plan(change.options)
    base_model = change.base_model or change.options.models[0]
    base = make_plan(replace(change.options, persona=change.base_persona, models=(base_model,)))
    same = (base.persona.hash == head.persona.hash, base_model == change.options.models[0])
    if all(same):
        raise InputError(
            "base and head are the same persona and the same model; name a --baseline-persona or a --baseline-model "
            "that differs, or compare two runs with --baseline and --head"
        )
    if not any(same):
        raise InputError(
            "base and head differ in persona and model, so no difference could be laid to either; change one"
        )
    return base, head


def run_change(
    plans: tuple[Plan, Plan],
    *,
    store: Store,
    log_dir: Path,
    display: Display,
    reuse_days: float | None,
    say: Say,
) -> Ran:
    """Run what is needed of base and head, read it into the store, and say where it is."""
    base, head = plans
    persona_changes = base.persona.hash != head.persona.hash
    earlier: list[str] = []
    if reuse_days is not None and persona_changes:
        earlier = _earlier(store, base, reuse_days)
        say("the store has answers of the base" if earlier else "the store has no answers of the base that would do")
    for plan in plans:
        prove_testbed(plan, say)
    if not earlier:
        complete, runs = _run(*_together(base, head), store, log_dir, display)
        return Ran(
            _side(base.persona, base, runs), _side(head.persona, head, runs), base_reused=False, complete=complete
        )
    complete, runs = _run([head], make_models(head), store, log_dir, display)
    differences = differences_from(store, earlier, runs)
    if not differences:
        return Ran(
            Filters(eval_ids=tuple(earlier)), _side(head.persona, head, runs), base_reused=True, complete=complete
        )
    say(f"the base is asked anew, after the head: {'; '.join(differences)}")
    base_complete, base_runs = _run(
        [base], make_models(base), store, log_dir.with_name(f"{log_dir.name}-base"), display
    )
    return Ran(
        _side(base.persona, base, base_runs),
        _side(head.persona, head, runs),
        base_reused=False,
        complete=complete and base_complete,
    )


def generate_change(plans: tuple[Plan, Plan], *, log_dir: Path, display: Display) -> bool:
    """Ask for both sides without running anything of what comes back. Returns whether every answer came."""
    together, models = _together(*plans)
    return run_together(together, models, log_dir, display, grades=False).complete


def _together(base: Plan, head: Plan) -> tuple[list[Plan], list[Model]]:
    if base.persona.hash != head.persona.hash:
        return [base, head], make_models(head)
    both = replace(head, options=replace(head.options, models=(*base.options.models, *head.options.models)))
    return [both], make_models(both)


def _run(
    plans: Sequence[Plan], models: list[Model], store: Store, log_dir: Path, display: Display
) -> tuple[bool, list[RunRecord]]:
    ran = run_together(plans, models, log_dir, display)
    return ran.complete, ingest(store, log_files([log_dir]))


def _side(persona: Persona, plan: Plan, runs: Sequence[RunRecord]) -> Filters:
    own = [run.eval_id for run in runs if run.persona_hash == persona.hash and run.model in plan.options.models]
    return Filters(eval_ids=tuple(own))


def _earlier(store: Store, plan: Plan, days: float) -> list[str]:
    asked = {(scenario.family, scenario.id): int(scenario.version.split("-")[0]) for scenario in plan.scenarios}
    return earlier_runs(
        store,
        persona_hash=plan.persona.hash,
        model=plan.options.models[0],
        asked=asked,
        epochs=plan.options.epochs,
        since=oldest(days, datetime.now(UTC)),
    )

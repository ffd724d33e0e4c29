"""What a run will do, settled before anything is started or paid for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evals.datasets import load_scenarios, select
from evals.persona import DEFAULT, Persona, load_persona
from evals.prices import CostBound, cost_bound
from evals.recordings import PREFIX, solution_for
from scorers.errors import InputError
from scorers.scenario import Scenario, Suite

DEFAULT_MODELS = ("replay/reference", "replay/alternate", "replay/naive")


@dataclass(frozen=True)
class RunOptions:
    """What the user asked for."""

    suite: Suite = "smoke"
    families: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    roots: tuple[Path, ...] = ()
    models: tuple[str, ...] = DEFAULT_MODELS
    persona: str = DEFAULT
    epochs: int = 1
    seed: int = 0
    testbed: str = "embedded"
    slots: int = 2
    max_tokens: int | None = None
    temperature: float | None = None
    max_connections: int | None = None
    cost_limit_usd: float | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The scenarios by family, the persona, and what each model costs at most."""

    options: RunOptions
    persona: Persona
    by_family: dict[str, list[Scenario]]
    costs: list[CostBound] = field(default_factory=list[CostBound])

    @property
    def scenarios(self) -> list[Scenario]:
        """All scenarios."""
        return [scenario for scenarios in self.by_family.values() for scenario in scenarios]

    @property
    def samples(self) -> int:
        """How many answers will be asked for in all."""
        return len(self.scenarios) * self.options.epochs * len(self.options.models)

    @property
    def pays(self) -> bool:
        """Whether any model may cost something."""
        return any(cost.at_most_usd != 0 for cost in self.costs)

    def lines(self) -> list[str]:
        """Say for the user what is to come."""
        models, epochs = len(self.options.models), self.options.epochs
        persona = f"{self.persona.name} ({self.persona.hash[:8]})" if self.persona.text else "none"
        return [
            f"{self.samples} samples: {len(self.scenarios)} scenarios, {models} models, {epochs} epochs",
            f"scenarios: {', '.join(scenario.id for scenario in self.scenarios)}; persona: {persona}",
            *(f"{cost.model}: {_said(cost)}" for cost in self.costs),
        ]


def make_plan(options: RunOptions) -> Plan:
    """Settle what is run.

    Raises InputError when something named does not exist, a replay model lacks a recording, a model is named twice, or
    a cost limit is given and a price is not known.
    """
    if len(set(options.models)) != len(options.models):
        raise InputError(f"a model is named twice in {list(options.models)}; use --epochs to ask more than once")
    persona = load_persona(options.persona)
    chosen = select(load_scenarios(options.roots), suite=options.suite, families=options.families, ids=options.ids)
    _require_recordings(chosen, options)
    by_family: dict[str, list[Scenario]] = {}
    for scenario in chosen:
        by_family.setdefault(scenario.family, []).append(scenario)
    sizes = [len((persona.text + scenario.prompt).encode()) for scenario in chosen] * options.epochs
    costs = [cost_bound(model, sizes, max_tokens=options.max_tokens) for model in options.models]
    unknown = [cost for cost in costs if cost.at_most_usd is None]
    if options.cost_limit_usd is not None and unknown:
        raise InputError(
            f"--cost-limit cannot be kept for {unknown[0].model!r}: {unknown[0].why_unknown}; Inspect has no prices of its own"
        )
    return Plan(options, persona, by_family, costs)


def _require_recordings(scenarios: Sequence[Scenario], options: RunOptions) -> None:
    problems: list[str] = []
    for model in options.models:
        for scenario in scenarios:
            try:
                if model.startswith(PREFIX):
                    solution_for(scenario, model.removeprefix(PREFIX), seed=options.seed, epoch=1)
            except InputError as error:
                problems.append(str(error))
    if problems:
        raise InputError("\n".join(problems))


def _said(cost: CostBound) -> str:
    if cost.at_most_usd is None:
        return cost.why_unknown
    return "free" if cost.at_most_usd == 0 else f"at most ${cost.at_most_usd:.2f}"

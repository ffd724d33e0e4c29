"""What the families' task files have in common: a sample per scenario, one solver, one scorer."""

from collections.abc import Sequence
from importlib.metadata import distributions, version
from pathlib import Path

from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample

from evals.datasets import load_scenarios, select
from evals.persona import DEFAULT, load_persona
from evals.places import user_path
from evals.scorer import DEFAULT_SLOTS, grade_submission
from evals.solvers import architect
from scorers.grade_cache import RUNTIME_PACKAGES
from scorers.grader_sources import graders_hash
from scorers.scenario import Scenario, Suite

DEFAULT_SUITE: Suite = "smoke"

RECORDED_PACKAGES = ("archeval", "anthropic", *RUNTIME_PACKAGES)
"""Whose versions are recorded with every run, besides Inspect's own, which Inspect records."""

GRADERS = "archeval graders"
"""Among the versions: the family's graders, by the content of their sources, for those who work on a checkout."""


def family_task(
    family: str,
    *,
    suite: Suite = DEFAULT_SUITE,
    scenario: str | list[str] | None = None,
    datasets: str | list[str] | None = None,
    persona: str = DEFAULT,
    testbed: str = "embedded",
    seed: int = 0,
    slots: int = DEFAULT_SLOTS,
) -> Task:
    """The task of a family. `scenario` narrows the suite to ids, `datasets` adds roots; lists may be given as `a,b`.

    Raises InputError when nothing is left or something named does not exist.
    """
    roots = [str(user_path(root)) for root in as_list(datasets)]
    ids = as_list(scenario)
    chosen = select(load_scenarios([Path(root) for root in roots]), suite=suite, families=[family], ids=ids)
    prompt = load_persona(persona)
    return Task(
        dataset=MemoryDataset([sample_of(one) for one in chosen], name=family),
        solver=architect(prompt.text, roots),
        scorer=grade_submission(testbed=testbed, seed=seed, slots=slots, datasets=roots),
        name=family,
        version=task_version(chosen),
        metadata={
            "family": family,
            "suite": suite,
            "persona_name": prompt.name,
            "persona_hash": prompt.hash,
            "seed": seed,
            "testbed": testbed,
            "packages": recorded_versions() | {GRADERS: graders_hash(family)[:16]},
        },
    )


def sample_of(scenario: Scenario) -> Sample:
    """A sample that asks for `scenario`."""
    return Sample(
        id=scenario.id,
        input=scenario.prompt,
        metadata={
            "scenario_id": scenario.id,
            "scenario_version": scenario.version,
            "scenario_title": scenario.file.title,
            "family": scenario.family,
        },
    )


def task_version(scenarios: Sequence[Scenario]) -> str:
    """Name all scenarios with their versions: a changed scenario makes another task, which no old log resumes."""
    return ", ".join(f"{scenario.id} {scenario.version}" for scenario in scenarios)


def recorded_versions() -> dict[str, str]:
    """Return the versions of the recorded packages that are installed; servers from wheels exist for Linux only."""
    installed = {distribution.name for distribution in distributions()}
    return {name: version(name) for name in RECORDED_PACKAGES if name in installed}


def as_list(value: str | list[str] | None) -> list[str]:
    """Return a task argument as a list; Inspect's command line passes `a` as a string and `a,b` as a list."""
    if value is None:
        return []
    return value.split(",") if isinstance(value, str) else value

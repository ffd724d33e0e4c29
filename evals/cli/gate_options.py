"""The options by which a gate asks a model, gathered into one value."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from scorers.errors import InputError


@dataclass(frozen=True)
class RunChoices:
    """What the user asked a model for."""

    model: str | None
    base_model: str | None
    persona: str
    base_persona: str | None
    epochs: int
    seed: int
    slots: int
    max_tokens: int | None
    temperature: float | None
    max_connections: int | None
    cost_limit: float | None
    prices: Path | None
    log_dir: Path | None
    display: str | None
    generate_only: bool

    def change(self, options: dict[str, object]) -> Any:
        """Return the `evals.gating.Change`. Raises InputError when nobody said what changes."""
        if self.model is None:
            raise InputError("a gate needs --baseline and --head, or a --model to ask")
        if self.base_model is None and self.base_persona is None:
            raise InputError("say what changes: --baseline-persona for a persona, --baseline-model for a model")
        if self.prices is not None:
            importlib.import_module("evals.prices").load_prices(self.prices)
        run_options = importlib.import_module("evals.plan").RunOptions(
            models=(self.model,),
            persona=self.persona,
            epochs=self.epochs,
            seed=self.seed,
            slots=self.slots,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            max_connections=self.max_connections,
            cost_limit_usd=self.cost_limit,
            tags=("gate",),
            **options,
        )
        return importlib.import_module("evals.gating").Change(
            run_options, base_persona=self.base_persona or self.persona, base_model=self.base_model
        )

    def folder(self) -> Path:
        """Where the logs go."""
        return self.log_dir or importlib.import_module("evals.runs").default_log_dir()

    def names(self) -> tuple[str, str]:
        """What the sides are called."""
        if self.base_model is not None:
            return self.base_model, str(self.model)
        return str(self.base_persona), self.persona


_OPTIONS: tuple[Callable[[Callable[..., Any]], Callable[..., Any]], ...] = (
    click.option("--model", metavar="NAME", help="The model to ask."),
    click.option("--baseline-model", "base_model", metavar="NAME", help="The model that the base is asked of."),
    click.option("--persona", default="default", show_default=True, metavar="FILE|none", help="The head's persona."),
    click.option("--baseline-persona", "base_persona", metavar="FILE|default|none", help="The base's persona."),
    click.option("--epochs", type=click.IntRange(1), default=5, show_default=True, help="Per scenario and side."),
    click.option("--seed", type=int, default=0, show_default=True, help="Of the graders' questions."),
    click.option("--slots", type=click.IntRange(1), default=2, show_default=True, help="How many grades run at once."),
    click.option("--max-tokens", type=click.IntRange(1), help="Of one answer. [default: Inspect's for the model]"),
    click.option("--temperature", type=float, help="[default: the provider's]"),
    click.option("--max-connections", type=click.IntRange(1), help="Requests at once. [default: Inspect's]"),
    click.option(
        "--cost-limit", type=click.FloatRange(0, min_open=True), metavar="USD", help="Of both sides together."
    ),
    click.option("--prices", type=click.Path(path_type=Path), metavar="FILE", help="As for run."),
    click.option(
        "--log-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Inspect's logs; the same folder again resumes. [default: logs/<time>]",
    ),
    click.option(
        "--generate-only",
        is_flag=True,
        help="Ask, and run nothing of what comes back: where the key is. `archeval score` grades the logs elsewhere.",
    ),
    click.option("--display", type=click.Choice(["full", "rich", "plain", "none"]), help="Inspect's."),
)


def run_choices(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options and hand them over as `choices`."""

    @wraps(function)
    def gathered(**arguments: Any) -> Any:
        own = {name: arguments.pop(name) for name in RunChoices.__dataclass_fields__}
        return function(choices=RunChoices(**own), **arguments)

    found: Callable[..., Any] = gathered
    for option in reversed(_OPTIONS):
        found = option(found)
    return found

"""Options that several commands share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from scorers.scenario import SUITES, Suite
from scorers.testbed.providers import PROVIDERS

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_STORE = "archeval.duckdb"


def datasets_option(function: F) -> F:
    """`--datasets DIR`, repeatable: scenario folders beside those shipped."""
    return click.option(
        "--datasets",
        "roots",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="Also take scenarios from DIR/<family>/<scenario>/. Repeatable.",
    )(function)


def selection_options(function: F) -> F:
    """`--suite` (all there is by default), `--family`, `--scenario`."""
    return _selection(function, "full")


def run_selection_options(function: F) -> F:
    """`--suite` (the smallest by default), `--family`, `--scenario`."""
    return _selection(function, "smoke")


def _selection(function: F, default_suite: Suite) -> F:
    function = click.option("--scenario", "ids", multiple=True, metavar="ID", help="Only this scenario. Repeatable.")(
        function
    )
    function = click.option(
        "--family", "families", multiple=True, metavar="NAME", help="Only this family. Repeatable."
    )(function)
    return click.option(
        "--suite", type=click.Choice(SUITES), default=default_suite, show_default=True, help="How much of all there is."
    )(function)


def testbed_option(function: F) -> F:
    """`--testbed NAME`."""
    return click.option(
        "--testbed",
        "testbed_name",
        type=click.Choice(sorted(PROVIDERS)),
        default="embedded",
        show_default=True,
        help="Which servers to grade on; external takes ARCHEVAL_POSTGRES_DSN.",
    )(function)


def store_option(function: F) -> F:
    """`--store FILE`."""
    return click.option(
        "--store",
        "store_path",
        type=click.Path(path_type=Path),
        default=DEFAULT_STORE,
        show_default=True,
        help="The results' DuckDB file.",
    )(function)

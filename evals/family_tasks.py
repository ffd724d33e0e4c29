"""The task function of each family. A test sees that no family is missing."""

from collections.abc import Callable

from inspect_ai import Task

from evals.database_schema import database_schema
from evals.performance import performance

TASKS: dict[str, Callable[..., Task]] = {"database_schema": database_schema, "performance": performance}

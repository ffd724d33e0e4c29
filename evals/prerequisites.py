"""Inspect's complaints about what the user asked for, as archeval's own."""

from collections.abc import Generator
from contextlib import contextmanager
from io import StringIO

from inspect_ai._util.error import PrerequisiteError  # Inspect raises it and exports it nowhere
from rich.console import Console

from scorers.errors import InputError


@contextmanager
def as_input_error() -> Generator[None]:
    """Turn Inspect's PrerequisiteError (a key is missing, a log folder holds other logs) into InputError."""
    try:
        yield
    except PrerequisiteError as error:
        output = StringIO()
        Console(file=output, width=10_000, color_system=None).print(error.message)
        raise InputError(" ".join(output.getvalue().split())) from error

"""What a gate lets through, as a project writes it down: `[tool.archeval.gate]` in pyproject.toml or `[gate]` in archeval.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import Field, ValidationError

from reports.compare.model import Rules
from scorers.errors import InputError

OWN_FILE = "archeval.toml"
PROJECT_FILE = "pyproject.toml"


class Policy(Rules):
    """The rules of the comparison, and what must hold besides."""

    may_not_flip: list[str] = Field(
        default=[],
        description="Checks that may not come to fail: check ids or family/check ids; * stands for anything.",
    )
    max_cost_per_answer_usd: float | None = Field(
        default=None, gt=0, description="What an answer of the head may cost on average."
    )
    max_cost_increase: float | None = Field(
        default=None, ge=0, description="How much more than the base's the head's answers may cost, such as 0.2."
    )
    reuse_base_days: float | None = Field(
        default=None, gt=0, description="The base's answers are taken from the store when they are no older."
    )

    @property
    def rules(self) -> Rules:
        """The rules alone."""
        return Rules(**{name: getattr(self, name) for name in Rules.model_fields})


def load_policy(folder: Path, file: Path | None = None) -> Policy:
    """Return the policy in `file`, else in the folder's archeval.toml or pyproject.toml, else the default one.

    Raises InputError for a file that cannot be read, and for a key or value that no policy has.
    """
    if file is not None:
        found = _table(file)
        if found is None:
            raise InputError(f"{str(file)!r} has no table [gate] or [tool.archeval.gate]")
        return _policy(found, file)
    for name in (OWN_FILE, PROJECT_FILE):
        path = folder / name
        found = _table(path) if path.is_file() else None
        if found is not None:
            return _policy(found, path)
    return Policy()


def _table(path: Path) -> Mapping[str, Any] | None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"cannot read the policy in {str(path)!r}: {error}") from error
    keys = ("tool", "archeval", "gate") if path.name == PROJECT_FILE or "tool" in content else ("gate",)
    found: Any = content
    for key in keys:
        if not isinstance(found, dict):
            return None
        found = cast(dict[str, Any], found).get(key)
    return cast("dict[str, Any] | None", found)


def _policy(table: Mapping[str, Any], path: Path) -> Policy:
    try:
        return Policy.model_validate(table, strict=False)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the table"
        raise InputError(
            f"the policy in {str(path)!r}: {where}: {first['msg']}; a policy has {sorted(Policy.model_fields)}"
        ) from error

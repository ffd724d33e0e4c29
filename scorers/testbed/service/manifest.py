"""`service.yaml`: how a submission says what its service runs."""

import re
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scorers.testbed.service.failure import ServiceFailure

MANIFEST = "service.yaml"
WEB = "web"
"""The process that listens on `$PORT`; every service has it."""

_LARGEST_BYTES = 16 * 1024
_MOST_ARGUMENTS = 64
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def _command(argv: list[str]) -> list[str]:
    if not argv[0] or any("\x00" in argument for argument in argv):
        raise ValueError("a command is a list of texts without NUL characters that begins with the program's name")
    return argv


Command = Annotated[list[str], Field(min_length=1, max_length=_MOST_ARGUMENTS), AfterValidator(_command)]
"""A program and its arguments; no shell reads it."""


class ProcessSpec(BaseModel):
    """One process of the service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: Command


def _processes(processes: dict[str, ProcessSpec]) -> dict[str, ProcessSpec]:
    for name in processes:
        if not _NAME.fullmatch(name):
            raise ValueError(f"the process name {name!r} must match {_NAME.pattern}")
    if WEB not in processes:
        raise ValueError(f"there must be a process named {WEB!r}, the one that listens on $PORT")
    return processes


class ServiceManifest(BaseModel):
    """The parsed `service.yaml`. All commands run in the sandbox, in the folder that holds the submission's files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    runtime: Literal["python", "node"]
    build: Command | None = None
    """Run once, before anything else."""
    migrate: Command | None = None
    """Run once, after `build` and before the processes."""
    processes: Annotated[dict[str, ProcessSpec], Field(min_length=1, max_length=4), AfterValidator(_processes)]


def parse_manifest(text: str) -> ServiceManifest:
    """Parse `service.yaml`. Raises ServiceFailure that says what is wrong with it."""
    if len(text.encode()) > _LARGEST_BYTES:
        raise ServiceFailure(f"{MANIFEST} is larger than {_LARGEST_BYTES} bytes")
    try:
        loaded: Any = yaml.load(text, Loader=_PlainLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ServiceFailure(f"{MANIFEST} is not YAML: {error}") from error
    try:
        return ServiceManifest.model_validate(loaded)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()[:5])
        raise ServiceFailure(f"{MANIFEST} is not a service manifest: {problems}") from error


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors: a few lines of them unfold to gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("anchors and aliases are not allowed here")
        return super().compose_node(parent, index)

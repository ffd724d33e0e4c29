"""A scenario: one concrete job of a family, as a folder under a datasets root (see CONTRIBUTING.md)."""

import hashlib
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scorers.errors import InputError
from scorers.overlays import read_variant
from scorers.submission import Submission

Suite = Literal["smoke", "nightly", "full"]
Need = Literal["postgres", "valkey", "kafka", "nats", "service"]
"""What a scenario's testbed must have; a provider starts nothing else."""
SUITES: tuple[Suite, ...] = ("smoke", "nightly", "full")
"""From small to large; a scenario belongs to its suite and to all larger ones."""


class Limits(BaseModel):
    """What grading one submission may use at most."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grade_s: float = Field(default=900, gt=0)
    statement_s: float = Field(default=20, gt=0)
    cluster_bytes: int = Field(default=1_500_000_000, gt=0)


class ScenarioFile(BaseModel):
    """The content of `scenario.yaml`. `parameters` is typed by the family (see `scorers.families`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    family: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str = Field(pattern=r"^\d+-[A-Z]$")
    title: str
    canary: str = Field(pattern=r"^archeval-canary-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
    spec_lines: list[str] = Field(min_length=1)
    deliverables: list[str] = Field(min_length=1)
    needs: list[Need]
    suite: Suite = "nightly"
    limits: Limits = Limits()
    parameters: dict[str, Any] = {}


class MutantFile(BaseModel):
    """`mutant.yaml`: what is broken in a mutant, and which checks notice."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    breaks: str
    must_fail: list[str] = Field(min_length=1)
    may_fail: list[str] = []
    removes: list[str] = []


class CheatFile(BaseModel):
    """`cheat.yaml`: how a cheat tries to fool the grader, and the checks that must not be fooled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    attempts: str
    must_fail: list[str] = Field(min_length=1)
    removes: list[str] = []


class Scenario(BaseModel):
    """A loaded scenario folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: Path
    file: ScenarioFile
    prompt: str

    @property
    def id(self) -> str:
        """The scenario's id, also its folder's name."""
        return self.file.id

    @property
    def family(self) -> str:
        """The family it belongs to."""
        return self.file.family

    @property
    def version(self) -> str:
        """`N-X`: N changes when scores stop being comparable, X when the interface changes."""
        return self.file.version

    @classmethod
    def load(cls, folder: Path) -> "Scenario":
        """Load `folder`. Raises InputError that names the file and the key at fault."""
        file = load_yaml(folder / "scenario.yaml", ScenarioFile)
        if file.id != folder.name or file.family != folder.parent.name:
            raise InputError(
                f"{str(folder / 'scenario.yaml')!r}: id {file.id!r} and family {file.family!r} must be the names of its "
                f"folder {folder.name!r} and of the folder above, {folder.parent.name!r}"
            )
        prompt_path = folder / "prompt.md"
        if not prompt_path.is_file():
            raise InputError(f"{str(prompt_path)!r} is missing; it is what the model reads")
        return cls(folder=folder, file=file, prompt=prompt_path.read_text(encoding="utf-8"))

    def solution_names(self) -> list[str]:
        """Names under `solutions/`: `reference`, its alternates, and `naive`."""
        return _folder_names(self.folder / "solutions")

    def mutant_names(self) -> list[str]:
        """Names under `mutants/`."""
        return _folder_names(self.folder / "mutants")

    def cheat_names(self) -> list[str]:
        """Names under `cheats/`."""
        return _folder_names(self.folder / "cheats")

    def solution(self, name: str) -> Submission:
        """Return the solution `name`. Raises InputError naming those there are."""
        if name not in self.solution_names():
            raise InputError(f"scenario {self.id!r} has no solution {name!r}; it has {self.solution_names()}")
        return Submission.from_directory(self.folder / "solutions" / name)

    def mutant(self, name: str) -> tuple[MutantFile, Submission]:
        """Return what mutant `name` is about, and it: the reference as its folder changes it (see `scorers.overlays`)."""
        file = load_yaml(self.folder / "mutants" / name / "mutant.yaml", MutantFile)
        return file, self._variant(self.folder / "mutants" / name, "mutant.yaml", file.removes)

    def cheat(self, name: str) -> tuple[CheatFile, Submission]:
        """Return what cheat `name` is about, and it: the reference as its folder changes it (see `scorers.overlays`)."""
        file = load_yaml(self.folder / "cheats" / name / "cheat.yaml", CheatFile)
        return file, self._variant(self.folder / "cheats" / name, "cheat.yaml", file.removes)

    def fixture(self, path: str) -> str:
        """Return the text of `fixtures/<path>`."""
        return (self.folder / "fixtures" / path).read_text(encoding="utf-8")

    def given_service(self) -> dict[str, str]:
        """Return the files of the service that the submission changes (`fixtures/service`), none if it changes none."""
        folder = self.folder / "fixtures" / "service"
        return Submission.from_directory(folder).files if folder.is_dir() else {}

    def content_hash(self) -> str:
        """SHA-256 over what grading depends on: scenario.yaml, prompt.md and the fixtures."""
        digest = hashlib.sha256()
        fixtures = sorted(path for path in (self.folder / "fixtures").rglob("*") if path.is_file())
        for path in [self.folder / "scenario.yaml", self.folder / "prompt.md", *fixtures]:
            digest.update(path.relative_to(self.folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()

    def _variant(self, folder: Path, description: str, removes: list[str]) -> Submission:
        return read_variant(
            folder,
            self.solution("reference"),
            given=self.given_service(),
            description=description,
            removes=tuple(removes),
        )


M = TypeVar("M", bound=BaseModel)


def load_yaml(path: Path, model: type[M]) -> M:
    """Read the YAML file at `path` as `model`. Raises InputError that names the file and each key at fault."""
    if not path.is_file():
        raise InputError(f"{str(path)!r} is missing")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} is not YAML: {error}") from error
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{str(path)!r}: {describe_validation(error)}") from error


def describe_validation(error: ValidationError) -> str:
    """Say in one line per key what pydantic found wrong."""
    return "; ".join(
        f"key {'.'.join(str(part) for part in item['loc']) or '(top)'!r}: {item['msg']}" for item in error.errors()
    )


def _folder_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

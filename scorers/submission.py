"""A submission: the files that a model or a person hands in for a scenario."""

import hashlib
from pathlib import Path, PurePosixPath

from pydantic import BaseModel, ConfigDict, field_validator

from scorers.errors import InputError

MAX_FILES = 200
MAX_TOTAL_BYTES = 2 * 1024 * 1024
MAX_PATH_BYTES = 200


class Submission(BaseModel):
    """Files by relative POSIX path. Immutable; equal files have an equal `content_hash` on every machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: dict[str, str]

    @field_validator("files")
    @classmethod
    def _check(cls, files: dict[str, str]) -> dict[str, str]:
        if len(files) > MAX_FILES:
            raise ValueError(f"a submission has at most {MAX_FILES} files, this one has {len(files)}")
        for path, text in files.items():
            check_path(path)
            _check_text(path, text)
        total = sum(len(text.encode()) for text in files.values())
        if total > MAX_TOTAL_BYTES:
            raise ValueError(f"a submission has at most {MAX_TOTAL_BYTES} bytes, this one has {total}")
        clash = sorted(str(parent) for path in files for parent in PurePosixPath(path).parents if str(parent) in files)
        if clash:
            raise ValueError(f"{clash[0]!r} is a file and a folder at once")
        return dict(sorted(files.items()))

    @property
    def content_hash(self) -> str:
        """SHA-256 over paths and contents, as hex."""
        digest = hashlib.sha256()
        for path, text in self.files.items():
            for part in (path.encode(), text.encode()):
                digest.update(len(part).to_bytes(8, "big") + part)
        return digest.hexdigest()

    @classmethod
    def from_directory(cls, directory: Path) -> "Submission":
        """Read every file below `directory`. Raises InputError on links, binary files and broken limits."""
        if not directory.is_dir():
            raise InputError(f"no submission folder at {str(directory)!r}; name a folder that holds the files")
        files: dict[str, str] = {}
        for path in sorted(directory.rglob("*")):
            relative = path.relative_to(directory).as_posix()
            if path.is_symlink():
                raise InputError(f"{relative!r} in {str(directory)!r} is a link; hand in plain files only")
            if not path.is_file():
                continue
            if len(files) == MAX_FILES or path.stat().st_size > MAX_TOTAL_BYTES:
                raise InputError(
                    f"{str(directory)!r} is too large at {relative!r}: at most {MAX_FILES} files, {MAX_TOTAL_BYTES} bytes"
                )
            files[relative] = _read_text(path)
        try:
            return cls(files=files)
        except ValueError as error:
            raise InputError(f"submission in {str(directory)!r}: {error}") from error

    def overlaid(self, overlay: "Submission", *, removed: tuple[str, ...] = ()) -> "Submission":
        """Return this submission with `overlay`'s files added or replaced and the paths in `removed` left out."""
        files = {path: text for path, text in self.files.items() if path not in removed}
        return Submission(files=files | overlay.files)


def check_path(path: str) -> None:
    """Raise ValueError unless `path` is a plain relative POSIX path that stays inside its folder."""
    parts = path.split("/")
    if not path or path.startswith("/") or "\\" in path or ":" in parts[0]:
        raise ValueError(f"path {path!r} is not a relative POSIX path")
    if any(part in {"", ".", ".."} for part in parts):
        raise ValueError(f"path {path!r} has an empty, '.' or '..' part")
    if len(path.encode()) > MAX_PATH_BYTES or not path.isprintable():
        raise ValueError(f"path {path!r} is longer than {MAX_PATH_BYTES} bytes or has control characters")


def _check_text(path: str, text: str) -> None:
    if "\x00" in text:
        raise ValueError(f"file {path!r} holds a NUL character; hand in text files only")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"file {path!r} holds characters that UTF-8 cannot carry: {error.reason}") from error


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} is not UTF-8 text ({error.reason}); hand in text files only") from error

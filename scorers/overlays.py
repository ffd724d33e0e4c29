"""Variants of a scenario's reference solution: what a folder changes in it, as whole files and as a patch.

A patch shows what is broken, and only that; whole files are for what is new or altogether different.
"""

from collections.abc import Mapping
from io import StringIO
from pathlib import Path

from unidiff.errors import UnidiffParseError
from unidiff.patch import Hunk, PatchedFile, PatchSet

from scorers.errors import InputError
from scorers.submission import Submission

PATCH = "changes.patch"
"""A unified diff (`diff -u`) against the reference and the given files, with the paths `a/…` and `b/…`."""


def read_variant(
    folder: Path, base: Submission, *, given: Mapping[str, str], description: str, removes: tuple[str, ...]
) -> Submission:
    """Return `base` as `folder` changes it: without `removes`, patched by `changes.patch`, with the folder's other files.

    A patch may also change files that are `given` with the scenario and that `base` leaves as they are. The file
    `description` is no part of the variant. Raises InputError that names the patch and the file it does not fit.
    """
    files = Submission.from_directory(folder).files
    own = {path: text for path, text in files.items() if path not in {description, PATCH}}
    patched = apply_patch({**given, **base.files}, files[PATCH], str(folder / PATCH)) if PATCH in files else {}
    return base.overlaid(Submission(files=patched | own), removed=removes)


def apply_patch(files: Mapping[str, str], patch: str, where: str) -> dict[str, str]:
    """Return the files that the unified diff `patch` changes, as they are then. Every line must fit exactly.

    Raises InputError that names `where` the patch is.
    """
    try:
        changes = PatchSet(patch)
    except UnidiffParseError as error:
        raise InputError(f"{where!r} is no unified diff: {error}; write it with `diff -u`") from error
    if not changes:
        raise InputError(f"{where!r} changes nothing; write it with `diff -u`, or remove it")
    paths = [change.path for change in changes]
    unknown = [path for path in paths if path not in files]
    if unknown:
        raise InputError(f"{where!r} changes {unknown[0]!r}, which is not there to be changed: {sorted(files)}")
    twice = [path for path in paths if paths.count(path) > 1]
    if twice:
        raise InputError(f"{where!r} changes {twice[0]!r} in two places; join them into one diff of the file")
    return {change.path: _patched(files[change.path], change, where) for change in changes}


def _patched(text: str, change: PatchedFile, where: str) -> str:
    lines, done, at = StringIO(text).readlines(), list[str](), 0  # only \n ends a line of a diff
    for hunk in change:
        start = hunk.source_start - 1 if hunk.source_length else hunk.source_start
        before, after = _sides(hunk)
        if lines[start : start + len(before)] != before:
            raise InputError(
                f"{where!r} does not fit {change.path!r} at line {hunk.source_start}: the file has changed since; make "
                "the patch anew"
            )
        done += [*lines[at:start], *after]
        at = start + len(before)
    return "".join([*done, *lines[at:]])


def _sides(hunk: Hunk) -> tuple[list[str], list[str]]:
    before = [line.value for line in hunk if line.is_context or line.is_removed]
    after = [line.value for line in hunk if line.is_context or line.is_added]
    return before, after

"""Where a report's files end up on the disk."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

_PAGE = re.compile(r"\d+\.html")


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path` so that a reader sees the old file or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8", newline="\n")
    partial.replace(path)


def replace_pages(folder: Path, pages: Iterable[tuple[str, str]]) -> None:
    """Write `pages`, by name, into `folder` and remove pages that an earlier report left there; other files stay.

    Without pages there is no folder afterwards, unless it holds something else.
    """
    written: set[str] = set()
    for name, text in pages:
        write_whole(folder / name, text)
        written.add(name)
    if not folder.is_dir():
        return
    for stale in folder.iterdir():
        if _PAGE.fullmatch(stale.name) and stale.name not in written:
            stale.unlink()
    if not written and not any(folder.iterdir()):
        folder.rmdir()

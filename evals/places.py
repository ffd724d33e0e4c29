"""Where a path that the user typed is."""

import os
from pathlib import Path


def user_path(typed: str | Path) -> Path:
    """Return `typed` as an absolute path, relative to the folder the user's shell is in.

    Inspect changes the working directory to the task file's while it creates a task, so that a relative path in a task
    argument would be looked for there; `$PWD` still says where the user is.
    """
    path = Path(typed).expanduser()
    if path.is_absolute() or path.exists():
        return path.absolute()
    from_shell = Path(os.environ.get("PWD", ".")) / path
    return from_shell if from_shell.exists() else path.absolute()

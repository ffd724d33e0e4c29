"""Letting services reach the sockets of servers that run as another user."""

import os
import stat
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.server_user import UNPRIVILEGED_ID, ServerUser


def let_pass(folder: Path, user: ServerUser) -> Path:
    """Return `folder` after making sure that `user` can enter it.

    As root, folders of the servers' user that are closed let the group of `user` pass, and nobody else; no other folder
    is changed. Raises HarnessFault when `user` cannot enter it all the same.
    """
    if user.is_other:
        for step in (folder, *folder.parents):
            found = step.lstat()
            if found.st_uid == UNPRIVILEGED_ID and not stat.S_IMODE(found.st_mode) & 0o001:
                os.chown(step, -1, user.gid)
                step.chmod(stat.S_IMODE(found.st_mode) & 0o700 | 0o010)
    if not folder.is_dir() or not _passable(folder, user):
        raise HarnessFault(
            f"user {user.uid}, who runs services, cannot enter the socket folder {str(folder)!r}; it must be a folder that "
            "all may pass through or that belongs to the servers' user",
            kind="testbed_unavailable",
        )
    return folder


def _passable(folder: Path, user: ServerUser) -> bool:
    return all(_may_enter(step.stat(), user) for step in (folder, *folder.parents))


def _may_enter(found: os.stat_result, user: ServerUser) -> bool:
    if found.st_uid == user.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH) or not user.is_other

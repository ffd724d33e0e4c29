"""Single-file server programs from wheels, where the user who runs servers can execute them."""

import hashlib
import secrets
from pathlib import Path

from scorers.errors import HarnessFault
from scorers.testbed.folders import cache_folder, copy_tree, locked
from scorers.testbed.server_user import ServerUser


def program_for(user: ServerUser, wheels_own: Path, *, remedy: str) -> Path:
    """Return `wheels_own`, or a copy of it in the cache that `user` can execute where the wheel's is out of reach.

    Raises HarnessFault (kind `testbed_unavailable`) with `remedy` when the wheel's program is missing, or when the
    cache is out of reach too.
    """
    if not wheels_own.is_file():
        raise HarnessFault(f"there is no program {str(wheels_own)!r}; {remedy}", kind="testbed_unavailable")
    if user.can_reach(wheels_own):
        return wheels_own
    copy = _cached_copy(wheels_own)
    if not user.can_reach(copy):
        raise HarnessFault(
            f"user {user.uid}, who runs servers for root, can reach neither {str(wheels_own)!r} nor the copy "
            f"{str(copy)!r}; set ARCHEVAL_CACHE_DIR to a folder that everybody may enter",
            kind="testbed_unavailable",
        )
    return copy


def _cached_copy(program: Path) -> Path:
    fingerprint = hashlib.sha256(program.read_bytes()).hexdigest()[:12]
    # The program keeps its name, by which its processes are known when leftovers are swept.
    folder = cache_folder() / f"program-{program.name}-{fingerprint}"
    with locked(folder.with_name(f"{folder.name}.lock")):
        if not (folder / program.name).exists():
            folder.mkdir(mode=0o755, exist_ok=True)
            folder.chmod(0o755)
            fresh = folder / f".{secrets.token_hex(4)}"
            copy_tree(program, fresh)
            fresh.chmod(0o755)
            fresh.rename(folder / program.name)
    return folder / program.name

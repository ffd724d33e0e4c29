"""Run a command in a pod's network namespace.

    python -I -S enter.py USER_NAMESPACE_FD NETWORK_NAMESPACE_FD UID GID OUTLIVES COMMAND …

Of the pod it takes the network only: the command sees the host's files. Without root a process must join the user
namespace that owns the network first (-1 leaves that out). The command runs as the given user, or as this process's own
where UID and GID are -1. It ends with the thread that started this one unless OUTLIVES is 1.
"""

import ctypes
import os
import signal
import sys

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Join and become the command."""
    user_namespace, network_namespace, uid, gid, outlives = map(int, sys.argv[1:6])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for handle, kind in ((user_namespace, _CLONE_NEWUSER), (network_namespace, _CLONE_NEWNET)):
        if handle >= 0 and libc.setns(handle, kind) != 0:
            sys.exit(f"cannot join the pod: {os.strerror(ctypes.get_errno())}")
        if handle >= 0:
            os.close(handle)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # Joining a user namespace and becoming somebody else have cleared it.
    libc.prctl(_PR_SET_PDEATHSIG, 0 if outlives else signal.SIGKILL, 0, 0, 0)
    os.execvp(sys.argv[6], sys.argv[6:])


if __name__ == "__main__":
    main()

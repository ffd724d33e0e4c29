"""Run a command in a pod's network namespace: `python -I -S enter.py USER_NAMESPACE_FD NETWORK_NAMESPACE_FD COMMAND …`.

Of the pod it takes the network only: the command sees the host's files and has its user. Without root a process must join
the user namespace that owns the network first (-1 leaves that out).
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
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    for handle, kind in ((int(sys.argv[1]), _CLONE_NEWUSER), (int(sys.argv[2]), _CLONE_NEWNET)):
        if handle >= 0 and libc.setns(handle, kind) != 0:
            sys.exit(f"cannot join the pod: {os.strerror(ctypes.get_errno())}")
        if handle >= 0:
            os.close(handle)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # joining a user namespace has cleared it
    os.execvp(sys.argv[3], sys.argv[3:])


if __name__ == "__main__":
    main()

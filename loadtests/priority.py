"""A head start for the generator: one that waits for a core measures its own wait."""

import contextlib
import os
import sys
from pathlib import Path

NICE = -10
AUTOGROUP = Path("/proc/self/autogroup")


def raise_priority() -> None:
    """Take a nice value of -10 where that is allowed, which as a rule means: as root. Elsewhere nothing happens.

    Linux desktops share the processor out among sessions first ("autogroup"), and nice values count within one only; so
    the process gets a session of its own, and the session the nice value.
    """
    with contextlib.suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, min(NICE, os.getpriority(os.PRIO_PROCESS, 0)))
        if sys.platform == "linux" and AUTOGROUP.exists():
            os.setsid()
            AUTOGROUP.write_text(str(NICE), encoding="ascii")

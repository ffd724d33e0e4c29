"""How long a system takes to answer well again after a fault has ended: one sample of the MTTR."""

import time
from collections.abc import Callable


class NotRecovered(Exception):
    """No good answer came in time."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__(f"no good answer within {timeout_s:g} s after the fault ended")
        self.timeout_s = timeout_s


def recovery_s(probe: Callable[[], bool], *, timeout_s: float, interval_s: float = 0.02) -> float:
    """Ask `probe` until it is true, and return the seconds from this call to the first good answer.

    Call it right after the fault's block is left. `probe` returns False, or raises OSError or one of its subclasses
    (so that refused connections count as no answer), as long as the answer is not good; it must have a deadline of
    its own. Raises NotRecovered after `timeout_s`.
    """
    began = time.monotonic()
    while True:
        if _good(probe):
            return time.monotonic() - began
        if time.monotonic() - began + interval_s > timeout_s:
            raise NotRecovered(timeout_s)
        time.sleep(interval_s)


def _good(probe: Callable[[], bool]) -> bool:
    try:
        return probe()
    except OSError:
        return False

"""Waking up on time under gevent, to some tens of microseconds.

libev's timers end at whole milliseconds (the unit of `epoll_wait`), which would add half a millisecond to every
latency. A timer file descriptor of the Linux kernel wakes the same event loop without that rounding, and without a spin
that would take the core from others. Elsewhere `gevent.sleep` has to do.
"""

import ctypes
import os
import sys
import time

import gevent
from gevent.os import nb_read

CLOCK_MONOTONIC = 1
TFD_TIMER_ABSTIME = 1
now_s = time.monotonic
"""The one clock of the load generator: on Linux the same in all processes of a machine."""


class _Timespec(ctypes.Structure):
    _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]


class _TimerSpec(ctypes.Structure):
    _fields_ = [("interval", _Timespec), ("value", _Timespec)]


class Alarm:
    """Sleeps the current greenlet until a moment of `now_s`. Not to be shared by two greenlets."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None)
        self._fd = -1
        if sys.platform == "linux":
            self._fd = int(self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))

    def wait_until(self, moment_s: float) -> None:
        """Return at `moment_s`, or after other greenlets had a turn when it has passed."""
        if self._fd < 0 or moment_s <= now_s():
            gevent.sleep(max(0.0, moment_s - now_s()))
            return
        seconds = int(moment_s)
        value = _Timespec(seconds, int((moment_s - seconds) * 1e9) + 1)
        spec = _TimerSpec(_Timespec(0, 0), value)
        if self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, ctypes.byref(spec), None) != 0:
            gevent.sleep(max(0.0, moment_s - now_s()))
            return
        nb_read(self._fd, 8)

    def close(self) -> None:
        """Give the timer back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

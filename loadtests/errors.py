"""What can go wrong with a load run without being the service's fault. Each says cause and remedy."""


class LoadError(Exception):
    """A load run gave no number that anybody may judge by. Never the service's fault: a fault of the harness."""


class GeneratorFailed(LoadError):
    """The generator's process ended without a result: a bug, a wrong user class, no time left."""


class GeneratorBehind(LoadError):
    """The generator could not keep its own schedule, so that its latencies say nothing about the service.

    A slow service never raises this: requests are sent when they are due, whether earlier ones were answered or not.
    """

    def __init__(self, message: str, *, start_late_p99_ms: float, loop_late_p99_ms: float) -> None:
        super().__init__(message)
        self.start_late_p99_ms = start_late_p99_ms
        self.loop_late_p99_ms = loop_late_p99_ms


class PlanError(LoadError):
    """A load plan cannot be carried out as written: unknown user class, a profile of no arrivals."""

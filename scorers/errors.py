"""The errors that cross rooms. Each states cause, what was checked, and the remedy."""


class ArchevalError(Exception):
    """Base of the errors archeval raises on purpose; the CLI prints its text and exits with `exit_code`."""

    exit_code = 2


class InputError(ArchevalError):
    """What the user handed in (a file, a flag, a scenario folder) is wrong."""


class HarnessFault(ArchevalError):
    """The harness failed (server gone, port taken, probe crashed). Never a score.

    `kind` is a short stable word; the same kind at the same step on two fresh testbeds may be the submission's doing
    (see `scorers.grading`) when `attributable` is true.
    """

    exit_code = 3

    def __init__(self, message: str, *, kind: str, attributable: bool = False) -> None:
        super().__init__(message)
        self.kind = kind
        self.attributable = attributable

"""A broken contract, as the oracles report it."""


class Violation(Exception):
    """The submission broke the contract: what was done, what the contract says, what happened instead.

    `steps` are the calls that led there, one line each, oldest first.
    """

    def __init__(self, what: str, *, expected: str, actual: str, steps: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what}: expected {expected}, got {actual}")
        self.what = what
        self.expected = expected
        self.actual = actual
        self.steps = steps

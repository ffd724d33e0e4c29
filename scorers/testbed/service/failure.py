"""What a submission's service did wrong."""


class ServiceFailure(Exception):
    """The submission's service failed: it did not build, did not come up, ended, or went over a limit.

    `reason` is one sentence for the check's summary; `output` is the end of what the service printed, capped. Both hold
    text that the submission wrote: make `Evidence` of it, which cleans it, before it is shown. `late` says that it was
    only not done in time, which a busy machine may be to blame for: that is to be tried again before it counts.
    """

    def __init__(self, reason: str, *, output: str = "", late: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.output = output
        self.late = late

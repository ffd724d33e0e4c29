"""Which failures of a service count at once, and which are tried again first."""

import pytest

from scorers.checks import Outcome
from scorers.errors import HarnessFault
from scorers.performance.judging import submissions_fault
from scorers.testbed.service.failure import ServiceFailure


def judged(failure: ServiceFailure) -> Outcome:
    @submissions_fault
    def run(_: None) -> Outcome:
        raise failure

    return run(None)


def test_a_service_that_ended_fails_the_check() -> None:
    assert judged(ServiceFailure("it ended")).status == "failed"


def test_a_service_that_is_only_late_is_tried_again() -> None:
    with pytest.raises(HarnessFault, match="not ready") as caught:
        judged(ServiceFailure("not ready", output="busy", late=True))
    assert (caught.value.kind, caught.value.attributable) == ("deadline", True)
    assert "busy" in str(caught.value)

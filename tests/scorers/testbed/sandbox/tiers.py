"""The sandboxes that tests run in, one after the other."""

from collections.abc import Iterator

import pytest

from scorers.testbed.pod.protocol import Tier
from scorers.testbed.sandbox.landlock.kernel import why_no_landlock
from scorers.testbed.sandbox.tier import VARIABLE

only_bubblewrap = pytest.mark.parametrize("tier", ["bubblewrap"], indirect=True)
"""For what the other tier keeps otherwise: see test_landlock.py."""


@pytest.fixture(scope="module", params=["bubblewrap", "landlock"])
def tier(request: pytest.FixtureRequest) -> Iterator[Tier]:
    """Every test in each sandbox that this kernel has."""
    if request.param == "landlock" and (lacking := why_no_landlock()) is not None:
        pytest.skip(lacking)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, request.param)
        yield request.param

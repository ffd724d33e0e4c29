"""What tests of several rooms share."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from scorers.testbed.folders import CACHE_VARIABLE

# A change is judged by the same examples as the one before it; the nightly run draws new ones.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("explore", print_blob=True)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder for one test, which the server's user may enter, as it may not pytest's temporary folders."""
    with tempfile.TemporaryDirectory(prefix="archeval-test-cache-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv(CACHE_VARIABLE, name)
        yield folder

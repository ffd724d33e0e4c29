"""What tests of several rooms share."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from scorers.testbed.folders import CACHE_VARIABLE


@pytest.fixture
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache folder for one test, which the server's user may enter, as it may not pytest's temporary folders."""
    with tempfile.TemporaryDirectory(prefix="archeval-test-cache-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv(CACHE_VARIABLE, name)
        yield folder

"""Plotly's own script, packed, so that it is in the page once, costs nothing until a chart is looked at, and may run."""

import base64
import functools
import gzip
import re
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class PlotlyScript:
    """What the page needs of Plotly."""

    source: str
    packed: str
    """The source, compressed with gzip, in base64."""
    styled: str
    """Id of an element that keeps Plotly from adding a style sheet for its maps, which the page's policy would refuse."""


@functools.cache
def plotly_script() -> PlotlyScript:
    """Return the script that is part of the Python package."""
    source = (resources.files("plotly") / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    guard = re.search(r'getElementById\("([0-9a-f]{64})"\)', source)
    return PlotlyScript(source, packed(source), guard.group(1) if guard else "")


def packed(text: str, *, level: int = 9) -> str:
    """Return `text`, compressed with gzip, in base64; the same text gives the same result."""
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=level, mtime=0)).decode()

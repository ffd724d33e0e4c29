"""Write the report: templates, style, script and data put together into one file, or into a few where it is large."""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.compare.sides import Side
from reports.formats import interval_notes
from reports.html import figures
from reports.html.changes import compare_sides, find_change
from reports.html.charts import draw_charts
from reports.html.collect import Collected, collect
from reports.html.coverage import SpecText, cover
from reports.html.embed import breakable, content_security_policy, finalize, json_block
from reports.html.frames import sample_frame, trend
from reports.html.output import replace_pages, write_whole
from reports.html.overview import build_overview
from reports.html.payload import Shelf, build_index, build_shelves
from reports.html.plotly_script import plotly_script
from reports.html.summary import summarise
from reports.selection import Filters
from reports.store import Store

DEFAULT_REPORT = Path("report.html")
DEFAULT_TITLE = "How well do these models work as backend architects?"

INLINE_CHARACTERS = 7_000_000
"""If the samples' pages, packed, are longer than this, they are put into files beside the report."""

ASSETS = Path(__file__).parent / "assets"
STYLES = ("base.css", "overview.css", "changes.css", "sample.css", "narrow.css", "print.css")
SCRIPTS = ("dom.js", "code.js", "tables.js", "list.js", "figures.js", "curves.js", "sample.js", "main.js")
"""In order; each is a part of one function body, so that nothing of theirs becomes global."""


def render_report(
    store: Store,
    path: Path = DEFAULT_REPORT,
    *,
    filters: Filters | None = None,
    compared: tuple[Side, Side] | None = None,
    spec: Sequence[SpecText] = (),
    title: str = DEFAULT_TITLE,
    generated_at: datetime | None = None,
    inline_characters: int = INLINE_CHARACTERS,
) -> Path:
    """Write the report of the samples that `filters` let through to `path`, and return it.

    The summary is of the sides `compared`, base and head, or else of the newest two runs that can be compared.
    `spec` are the lines of the persona's specification, for what they say and those that nothing covers. Where the
    samples' pages are larger than `inline_characters`, they go into a folder beside the report, named after it.
    Files are replaced as a whole, so a reader never sees half of one.
    """
    wanted = filters or Filters()
    with store.reading() as connection:
        data = collect(connection, wanted)
        shelves = list(build_shelves(connection, data))
    page = _Page(title, f"{generated_at or datetime.now(UTC):%Y-%m-%d %H:%M} UTC")
    split = sum(len(shelf.packed) for shelf in shelves) > inline_characters
    folder = path.with_name(f"{path.stem}-samples")
    if split:
        pages = (
            (f"{number}.html", page.render(_shelf_page(data, shelf, number, home=f"../{quote(path.name)}")))
            for number, shelf in enumerate(shelves)
        )
        replace_pages(folder, pages)
    else:
        replace_pages(folder, ())
    view = _main_page(data, shelves, spec, pages=quote(folder.name) if split else "")
    change = compare_sides(*compared) if compared else find_change(store, wanted, data.samples)
    write_whole(
        path, page.render(view | {"summary": summarise(change, {sample.sample_uuid for sample in data.samples})})
    )
    return path


def _main_page(data: Collected, shelves: Sequence[Shelf], spec: Sequence[SpecText], *, pages: str) -> dict[str, Any]:
    board = data.board
    entrants = [row.entrant for row in board.rows]
    frame = sample_frame(data.samples, entrants)
    scenarios = sorted({"/".join(sample.scenario) for sample in data.samples})
    over_time = trend(frame)
    charts = draw_charts(frame, over_time, board.rows, scenarios)
    index = build_index(data, [shelf.samples for shelf in shelves])
    return {
        "home": "",
        "data": index | {"charts": {chart.name: chart.figure for chart in charts}, "pages": pages, "home": ""},
        "shelves": {} if pages else {number: shelf.packed for number, shelf in enumerate(shelves)},
        "plotly": plotly_script() if charts or (data.has_curves and not pages) else None,
        "charts": charts,
        "scenarios": scenarios,
        "trend": over_time,
        "overview": build_overview(data),
        "board": board,
        "flaky": data.flaky,
        "coverage": cover(data.line_results, spec, entrants),
        "notes": [*board.notes, *interval_notes(board)],
        "figures": figures,
    }


def _shelf_page(data: Collected, shelf: Shelf, number: int, *, home: str) -> dict[str, Any]:
    index = build_index(data, [shelf.samples], first=number)
    return {
        "home": home,
        "data": index | {"charts": {}, "pages": "", "home": home},
        "shelves": {number: shelf.packed},
        "plotly": plotly_script() if shelf.has_curves else None,
    }


@dataclass(frozen=True)
class _Page:
    """What all pages of a report have in common."""

    title: str
    generated_at: str

    def render(self, view: Mapping[str, Any]) -> str:
        script = Markup('"use strict";(() => {\n' + _joined(SCRIPTS) + "})();")
        style = Markup(_joined(STYLES))
        plotly = view["plotly"]
        return (
            _environment()
            .get_template("report.html.j2")
            .render(
                **{name: value for name, value in view.items() if name != "data"},
                data=json_block(view["data"]),
                title=self.title,
                policy=content_security_policy(script=script, style=style, plotly=plotly.source if plotly else ""),
                style=style,
                script=script,
                generated_at=self.generated_at,
                archeval_version=package_version("archeval"),
            )
        )


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"component": _component, "breakable": breakable}
    return environment


def _component(text: str) -> str:
    """Quote `text` as one part of an address, slashes included."""
    return quote(text, safe="")


@functools.cache
def _joined(names: tuple[str, ...]) -> str:
    return "".join((ASSETS / name).read_text(encoding="utf-8") for name in names)

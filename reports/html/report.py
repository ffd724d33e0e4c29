"""Write the report: templates, style and script put together into one file."""

import os
from datetime import UTC, datetime
from importlib.metadata import version as package_version
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports.formats import interval_notes
from reports.html import figures
from reports.html.changes import find_change
from reports.html.collect import collect
from reports.html.embed import breakable, content_security_policy, finalize, json_block
from reports.html.overview import build_overview
from reports.html.payload import build_payload
from reports.html.summary import summarise
from reports.selection import Filters
from reports.store import Store

DEFAULT_REPORT = Path("report.html")

ASSETS = Path(__file__).parent / "assets"
STYLES = ("base.css", "overview.css", "changes.css", "sample.css", "narrow.css", "print.css")
SCRIPTS = ("dom.js", "code.js", "tables.js", "list.js", "sample.js", "main.js")
"""In order; each is a part of one function body, so that nothing of theirs becomes global."""


def render_report(
    store: Store,
    path: Path = DEFAULT_REPORT,
    *,
    filters: Filters | None = None,
    title: str = "How well do these models work as backend architects?",
    generated_at: datetime | None = None,
) -> Path:
    """Write the report of the samples that `filters` let through to `path`, and return it.

    The file is replaced as a whole, so a reader never sees half of it.
    """
    wanted = filters or Filters()
    data = collect(store, wanted)
    script = Markup('"use strict";(() => {\n' + _joined(SCRIPTS) + "})();")
    style = Markup(_joined(STYLES))
    environment = Environment(
        loader=PackageLoader("reports.html"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"component": _component, "breakable": breakable}
    page = environment.get_template("report.html.j2").render(
        title=title,
        policy=content_security_policy(script=script, style=style),
        style=style,
        script=script,
        data=json_block(build_payload(data)),
        overview=build_overview(data),
        summary=summarise(find_change(store, wanted, data.samples)),
        board=data.board,
        flaky=data.flaky,
        notes=[*data.board.notes, *interval_notes(data.board)],
        figures=figures,
        generated_at=(generated_at or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC"),
        archeval_version=package_version("archeval"),
    )
    _write(path, page)
    return path


def _component(text: str) -> str:
    """Quote `text` as one part of an address, slashes included."""
    return quote(text, safe="")


def _joined(names: tuple[str, ...]) -> str:
    return "".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def _write(path: Path, page: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(page, encoding="utf-8", newline="\n")
    partial.replace(path)

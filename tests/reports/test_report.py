"""The report as a file, without a browser."""

import base64
import gzip
import json
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.html.report import ASSETS, SCRIPTS, STYLES, render_report
from reports.selection import Filters
from reports.store import Store
from tests.reports.demo import demo_logs
from tests.reports.hostile import hostile_log

MOMENT = datetime(2026, 11, 21, tzinfo=UTC)


class Reader(HTMLParser):
    """Collects the elements, with their attributes, and the text of script elements."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


def payload(path: Path) -> dict[str, Any]:
    """The index, its samples as dictionaries."""
    index = json.loads(read(path).scripts[0])
    index["samples"] = [dict(zip(index["fields"], row, strict=True)) for row in index["samples"]]
    return index


def unpacked(text: str) -> str:
    return gzip.decompress(base64.b64decode(text)).decode()


def shelves(path: Path) -> list[dict[str, Any]]:
    """The packed details that are in the file itself."""
    found = re.findall(r'<script type="text/plain" id="shelf-\d+">([^<]+)</script>', path.read_text())
    return [json.loads(unpacked(text)) for text in found]


def test_the_same_store_gives_the_same_file(demo_store: Store, tmp_path: Path) -> None:
    one = render_report(demo_store, tmp_path / "one.html", generated_at=MOMENT)
    two = render_report(demo_store, tmp_path / "deep" / "two.html", generated_at=MOMENT)
    assert one.read_bytes() == two.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_nothing_points_outside_the_file(demo_store: Store, tmp_path: Path) -> None:
    reader = read(render_report(demo_store, tmp_path / "report.html"))
    addresses = [
        value for _, attributes in reader.elements for name, value in attributes.items() if name in {"src", "href"}
    ]
    assert addresses
    assert all(address and address.startswith(("#", "data:,")) for address in addresses)
    assert not any(name.startswith("on") or name == "style" for _, attributes in reader.elements for name in attributes)


def test_hostile_text_makes_no_element_of_its_own(empty_store: Store, demo_store: Store, tmp_path: Path) -> None:
    plain = {tag for tag, _ in read(render_report(demo_store, tmp_path / "plain.html")).elements}
    for records in demo_logs():
        empty_store.ingest(records)
    empty_store.ingest(hostile_log())
    reader = read(render_report(empty_store, tmp_path / "hostile.html"))
    assert {tag for tag, _ in reader.elements} <= plain
    assert len(reader.scripts) == 4
    assert not any(name.startswith("on") or name == "style" for _, attributes in reader.elements for name in attributes)


def test_the_payload_holds_every_sample_and_each_text_once(demo_store: Store, tmp_path: Path) -> None:
    data = payload(render_report(demo_store, tmp_path / "report.html"))
    assert len(data["samples"]) == 27
    assert len(data["checks"]) == 18
    sample = next(sample for sample in data["samples"] if sample["id"] == "eval-replay-naive-7-evolve_billing-1")
    assert sample["score"] == pytest.approx(
        demo_store.query("SELECT score FROM samples WHERE sample_uuid = ?", [sample["id"]])[0][0]
    )
    (shelf,) = shelves(tmp_path / "report.html")
    assert len(shelf["samples"]) == 27
    assert len(shelf["texts"]) == len({text[0] for text in shelf["texts"]}) < 50
    details = shelf["samples"][sample["place"]]
    assert {path for path, _ in details["files"]} >= {"queries.sql", "DESIGN.md"}
    assert sum(check[1] in {"failed", "blocked"} for check in details["checks"]) == len(sample["notPassed"]) > 0


def test_a_large_report_puts_its_samples_into_files_beside_it(demo_store: Store, tmp_path: Path) -> None:
    path = render_report(demo_store, tmp_path / "report.html", inline_characters=1000)
    assert shelves(path) == []
    folder = tmp_path / "report-samples"
    assert payload(path)["pages"] == "report-samples"
    assert [one.name for one in folder.iterdir()] == ["0.html"]
    page = folder / "0.html"
    assert len(shelves(page)[0]["samples"]) == 27
    addresses = {value for _, attributes in read(page).elements if (value := attributes.get("href"))}
    assert "../report.html#/samples" in addresses
    assert all(address.startswith(("#", "data:,", "../report.html#/")) for address in addresses)
    (folder / "mine.html").write_text("not the report's")
    render_report(demo_store, path)
    assert [one.name for one in folder.iterdir()] == ["mine.html"]
    assert len(shelves(path)) == 1


def test_filters_reach_the_report(demo_store: Store, tmp_path: Path) -> None:
    path = render_report(demo_store, tmp_path / "report.html", filters=Filters(models=("replay/naive",)))
    assert len(payload(path)["samples"]) == 9
    assert "replay/alternate" not in path.read_text()


def test_an_empty_store_gives_a_report_that_says_so(empty_store: Store, tmp_path: Path) -> None:
    path = render_report(empty_store, tmp_path / "report.html")
    assert "No samples match." in path.read_text()
    assert payload(path)["samples"] == []


def test_unscored_samples_are_named_with_their_faults(demo_store: Store, tmp_path: Path) -> None:
    text = render_report(demo_store, tmp_path / "report.html").read_text()
    assert "2 of 27 samples have no score" in text
    assert "<code>postgres_gone</code> at <code>tenancy</code>, attempt 2" in text


def test_the_script_never_makes_markup_and_cannot_end_early() -> None:
    source = "".join((ASSETS / name).read_text() for name in (*SCRIPTS, *STYLES))
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|</|<!--|https?:", source
    )

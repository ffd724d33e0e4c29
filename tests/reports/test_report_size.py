"""Large reports stay light."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from reports.html.plotly_script import plotly_script
from reports.html.report import render_report
from reports.store import Store
from tests.reports.browser import Watched, chromium, needs_chromium
from tests.reports.large import large_logs

LIMIT_BYTES = 15_000_000
FULL_CHECKS = 100_000
OPENED_WITHIN_S = 3.0


def large_store(path: Path, checks: int) -> Store:
    store = Store.open(path)
    for records in large_logs(checks):
        store.ingest(records)
    return store


def test_a_part_of_the_size_takes_its_part_of_the_bytes(tmp_path: Path) -> None:
    """Both ways: with the samples' pages beside it, and with them inside."""
    checks = 4_000
    store = large_store(tmp_path / "archeval.duckdb", checks)
    assert store.query("SELECT count(*) FROM checks") == [(checks,)]
    fixed = len(plotly_script().packed) + 400_000
    alone = render_report(store, tmp_path / "report.html", inline_characters=0).stat().st_size
    assert alone < fixed + (LIMIT_BYTES - fixed) * checks / FULL_CHECKS
    whole = render_report(store, tmp_path / "report.html").stat().st_size
    assert whole > alone
    raw = store.query("SELECT sum(size_bytes) FROM contents")[0][0]
    assert whole - alone < raw / 2


@pytest.mark.slow
@needs_chromium
def test_a_hundred_thousand_results_open_in_three_seconds(tmp_path: Path) -> None:
    store = large_store(tmp_path / "archeval.duckdb", FULL_CHECKS)
    report = render_report(store, tmp_path / "report.html")
    assert report.stat().st_size < LIMIT_BYTES
    with chromium() as browser, Watched(browser, report) as watched:
        before = time.monotonic()
        page = watched.open()
        expect(page.locator("#count")).to_have_text("5,000 of 5,000 samples")
        took_s = time.monotonic() - before
        assert took_s < OPENED_WITHIN_S
        page.locator("#list tbody a").first.click()
        expect(page.locator("#sample h1")).to_be_visible()

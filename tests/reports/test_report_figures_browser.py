"""Charts, changes and large reports in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from reports.html.report import render_report
from reports.store import Store
from tests.reports.browser import CONTRAST, Watched, chromium, needs_chromium
from tests.reports.demo import demo_logs
from tests.reports.hostile import hostile_log
from tests.reports.load_log import ENDPOINTS, load_log
from tests.reports.nights import on_night, worse_night

pytestmark = needs_chromium

TRACES = "node => node.data.map((trace) => [trace.name, trace.type, trace.x.length])"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nights")
    return render_report(worse_night(folder), folder / "report.html")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    store = Store.open(folder / "archeval.duckdb")
    store.ingest(load_log())
    return render_report(store, folder / "report.html")


def drawn(page: Page, name: str, scheme: str = "light") -> None:
    chart = page.locator(f"[data-chart={name}]")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-drawn", scheme, timeout=30_000)


def test_the_charts_are_drawn_when_they_are_looked_at(browser: Browser, nights: Path) -> None:
    with Watched(browser, nights, viewport={"width": 1200, "height": 500}) as watched:
        page = watched.open()
        assert page.evaluate("typeof Plotly") == "undefined"
        for name in ("trend", "spread", "cost"):
            drawn(page, name)
        trend = page.locator("[data-chart=trend]").evaluate(TRACES)
        assert trend == [["m", "scatter", 3], ["m", "scatter", 3]]
        assert page.locator("[data-chart=spread] .points path").count() == 54
        page.locator("#spread-scenario").select_option(label="caching/scenario_1")
        expect(page.locator("[data-chart=spread] .points path")).to_have_count(18)


def test_a_point_leads_to_its_sample(browser: Browser, nights: Path) -> None:
    with Watched(browser, nights, viewport={"width": 1200, "height": 700}) as watched:
        page = watched.open("#/spread")
        drawn(page, "spread")
        page.locator("[data-chart=spread]").evaluate(
            "node => node.emit('plotly_click', {points: [{customdata: node.data[0].customdata[3]}]})"
        )
        expect(page.locator("#sample h1")).to_be_visible()
        assert "#/sample/" in page.url


def test_charts_follow_the_theme(browser: Browser, nights: Path) -> None:
    with Watched(browser, nights, viewport={"width": 1200, "height": 700}) as watched:
        page = watched.open("#/trend")
        drawn(page, "trend")
        ink = "node => getComputedStyle(node.querySelector('.xtick text')).fill"
        light = page.locator("[data-chart=trend]").evaluate(ink)
        page.emulate_media(color_scheme="dark")
        expect(page.locator("[data-chart=trend]")).to_have_attribute("data-drawn", "dark")
        assert page.locator("[data-chart=trend]").evaluate(ink) != light


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 320)])
def test_charts_and_changes_can_be_read_in_every_light_and_width(
    browser: Browser, nights: Path, scheme: str, width: int
) -> None:
    size = {"width": width, "height": 800}
    with Watched(browser, nights, color_scheme=scheme, viewport=size) as watched:
        page = watched.open()
        for name in ("trend", "spread", "cost"):
            drawn(page, name, scheme)
        page.locator("#overview details").evaluate_all("nodes => nodes.forEach((node) => { node.open = true })")
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.pdf()
        assert page.locator("[data-chart=trend]").get_attribute("data-drawn") == scheme


def test_latency_is_drawn_before_and_now_against_the_target(browser: Browser, loaded: Path) -> None:
    with Watched(browser, loaded) as watched:
        page = watched.open("#/sample/load-1")
        charts = page.locator("#sample .chart")
        expect(charts).to_have_count(2)
        for chart in charts.all():
            chart.scroll_into_view_if_needed()
            expect(chart).to_have_attribute("data-drawn", "light", timeout=30_000)
        assert charts.nth(0).evaluate(TRACES) == [
            ["before", "scatter", 40],
            ["now", "scatter", 40],
            ["reference", "scatter", 40],
            ["target 200 ms", "scatter", 2],
        ]
        assert charts.nth(0).evaluate("node => node.data[0].y[7]") is None
        bars = charts.nth(1).evaluate(TRACES)
        assert bars == [["before", "bar", 2], ["now", "bar", 2], ["reference", "bar", 2], ["target", "scatter", 6]]
        ticks = charts.nth(1).evaluate("node => node.layout.yaxis.ticktext")
        assert ticks == list(ENDPOINTS)
        watched.open("#/sample/load-1/latency")
        expect(page.locator("[data-part=latency]")).to_be_in_viewport()


@pytest.mark.parametrize("body", ["second,before\n1,2\n… cut: the evidence is larger than its cap", "<b>,\n1", "x"])
def test_evidence_that_is_no_curve_does_no_harm(browser: Browser, tmp_path: Path, body: str) -> None:
    store = Store.open(tmp_path / "archeval.duckdb")
    store.ingest(load_log(body=body, extra="<img src=x onerror=window.owned=1>"))
    with Watched(browser, render_report(store, tmp_path / "report.html")) as watched:
        page = watched.open("#/sample/load-1")
        charts = page.locator("#sample .chart")
        expect(charts).to_have_count(2 if body.startswith("second") else 1)
        charts.last.scroll_into_view_if_needed()
        expect(charts.last).to_have_attribute("data-drawn", "light", timeout=30_000)
        assert page.locator("#sample img").count() == 0
        assert "<img src=x" in charts.last.inner_text()


def test_hostile_names_in_charts_stay_text(browser: Browser, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "archeval.duckdb")
    for records in [*demo_logs(), hostile_log(), on_night(demo_logs(seed=8)[0], 1)]:
        store.ingest(records)
    with Watched(browser, render_report(store, tmp_path / "report.html")) as watched:
        page = watched.open()
        for name in ("trend", "spread"):
            drawn(page, name)
        assert page.locator(".chart a, .chart img, .chart script, .chart iframe").count() == 0
        assert "<script>window.owned=1</script>" in page.locator("[data-chart=spread]").inner_text()


def test_changes_are_filtered_and_lead_to_the_evidence(browser: Browser, nights: Path) -> None:
    with Watched(browser, nights) as watched:
        page = watched.open("#/changes")
        flips = page.locator("#flips > details:visible")
        expect(flips).to_have_count(6)
        page.locator("[data-only=flips]").check()
        expect(flips).to_have_count(2)
        page.locator("[data-filter=flips]").fill("nothing like it")
        expect(flips).to_have_count(0)
        page.locator("[data-filter=flips]").fill("check_3")
        page.locator("[data-only=flips]").uncheck()
        expect(flips).to_have_count(3)
        flips.nth(0).locator("summary").click()
        flips.nth(0).locator(".proof a").nth(1).click()
        check = page.locator("[data-check=check_3]")
        expect(check).to_have_attribute("open", "")
        expect(check).to_contain_text("evidence of check_3")


def test_samples_of_a_large_report_open_from_files_beside_it(browser: Browser, tmp_path: Path) -> None:
    store = Store.open(tmp_path / "archeval.duckdb")
    for records in [*demo_logs(), load_log()]:
        store.ingest(records)
    report = render_report(store, tmp_path / "my report #1.html", inline_characters=100)
    with Watched(browser, report) as watched:
        page = watched.open("#/samples?q=billing")
        expect(page.locator("#count")).to_have_text("9 of 28 samples")
        page.locator("#list tbody a").first.click()
        expect(page.locator("#sample h1")).to_contain_text("Change a billing schema")
        assert "-samples/0.html#/sample/" in page.url
        page.locator("#sample .check.passed summary").first.click()
        page.locator(".trail a", has_text="All samples").click()
        expect(page.locator("#leaderboard")).to_be_visible()
        watched.open("#/sample/eval-replay-naive-7-evolve_billing-1/check/deliverables")
        expect(page.locator("[data-check=deliverables]")).to_be_in_viewport()
        page.go_back()
        expect(page.locator("#leaderboard")).to_be_visible()
        watched.open("#/sample/load-1")
        expect(page.locator("#sample .chart").first).to_have_attribute("data-drawn", "light", timeout=30_000)
        page.locator("nav a", has_text="Coverage").click()
        expect(page.locator("#coverage")).to_be_in_viewport()

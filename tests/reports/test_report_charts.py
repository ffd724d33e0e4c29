"""The charts' numbers, and the coverage of the specification, without a browser."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import plotly.graph_objects as go  # pyright: ignore[reportMissingTypeStubs]
import pytest

from evals.spec_texts import spec_texts
from reports.html.charts import MAX_POINTS, chart_text, draw_charts, spread_chart, trend_chart
from reports.html.collect import CURVE, Collected, collect
from reports.html.coverage import SpecText, cover
from reports.html.frames import Trend, pareto_front, sample_frame, trend
from reports.html.report import render_report
from reports.leaderboard import leaderboard
from reports.selection import Filters
from reports.store import Store
from scorers.performance import check_load
from tests.reports.compare.answers import log
from tests.reports.nights import answers, store_of, worse_night

SCENARIOS = [f"caching/scenario_{number}" for number in range(3)]


def collected(store: Store) -> Collected:
    with store.reading() as connection:
        return collect(connection, Filters())


def frame_of(store: Store) -> pd.DataFrame:
    data = collected(store)
    return sample_frame(data.samples, [row.entrant for row in data.board.rows])


def test_the_trend_has_a_point_for_each_night_with_its_interval(tmp_path: Path) -> None:
    found = trend(frame_of(worse_night(tmp_path)))
    assert [point.run_id for point in found.points] == ["one", "two", "three"]
    assert found.points[0].score.mean == pytest.approx(17 / 18)
    assert found.points[2].score.mean < 0.7
    assert found.nights == 3
    assert all(point.score.low is not None for point in found.points)
    assert trend_chart(found, ["m"]) is not None


def test_a_single_night_makes_no_trend_and_a_small_run_no_point(tmp_path: Path) -> None:
    store = store_of(tmp_path, log("one", answers([4], scenarios=4)), log("two", answers([4], scenarios=1)))
    found = trend(frame_of(store))
    assert ([point.run_id for point in found.points], found.small_runs) == (["one"], 1)
    assert trend_chart(found, ["m"]) is None
    assert "A trend needs a second run" in render_report(store, tmp_path / "report.html").read_text()


def test_points_of_models_that_ran_together_stand_apart(demo_store: Store) -> None:
    found = trend(frame_of(demo_store))
    later = [replace(point, started_at=point.started_at + timedelta(days=9)) for point in found.points]
    chart = trend_chart(Trend([*found.points, *later], 0), ["a", "b", "c"])
    assert chart
    firsts = [trace["x"][0] for trace in chart.figure["data"] if trace["yaxis"] == "y"]
    assert len(set(firsts)) == 3


def test_plotly_accepts_the_figures(tmp_path: Path) -> None:
    data = collected(worse_night(tmp_path))
    frame = sample_frame(data.samples, [row.entrant for row in data.board.rows])
    charts = draw_charts(frame, trend(frame), data.board.rows, SCENARIOS)
    assert [chart.name for chart in charts] == ["trend", "spread", "cost"]
    for chart in charts:
        go.Figure(chart.figure)
    with pytest.raises(ValueError, match="nonsense"):
        go.Figure({"data": [{"type": "scatter", "nonsense": 1}]})


def test_every_point_of_the_spread_leads_to_its_sample(demo_store: Store) -> None:
    samples = collected(demo_store).samples
    scenarios = sorted({"/".join(sample.scenario) for sample in samples})
    chart = spread_chart(frame_of(demo_store), ["a", "b", "c"], scenarios)
    assert chart
    points = 0
    for trace in chart.figure["data"]:
        for value, (sample, _) in zip(trace["x"], trace["customdata"], strict=True):
            assert value == pytest.approx(samples[int(sample)].score, abs=1e-4)
            points += 1
    assert points == sum(sample.score is not None for sample in samples)


def test_too_many_points_are_thinned_and_the_chart_says_so() -> None:
    count = MAX_POINTS * 3
    frame = pd.DataFrame(
        {"sample": range(count), "entrant": 0, "scenario": "f/s", "run_id": "r", "score": 0.5, "solved": True}
    )
    frame["started_at"] = pd.Timestamp(datetime(2026, 1, 1, tzinfo=UTC))
    chart = spread_chart(frame, ["m"], ["f/s"])
    assert chart
    assert len(chart.figure["data"][0]["x"]) == MAX_POINTS
    assert f"{MAX_POINTS:,} of {count:,} answers" in " ".join(chart.notes)


def test_the_pareto_front_leaves_out_what_something_cheaper_beats(tmp_path: Path) -> None:
    store = store_of(
        tmp_path,
        log("one", answers([4]), model="good", cost_usd=2.0),
        log("two", answers([3]), model="dear", cost_usd=3.0),
        log("three", answers([2]), model="cheap", cost_usd=0.1),
        log("four", answers([4]), model="unpriced", cost_usd=None),
    )
    assert [row.model for row in pareto_front(leaderboard(store).rows)] == ["cheap", "good"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ('<a href="http://x/">y</a>', '&lt;a href="http://x/"&gt;y&lt;/a&gt;'),
        ("a&lt;b", "a&amp;lt;b"),
        ("txt\u202eexe", "txt\\u202eexe"),
        ("x" * 100, "x" * 43 + "…"),
    ],
)
def test_texts_in_charts_are_no_markup_and_not_long(text: str, shown: str) -> None:
    assert chart_text(text) == shown


def test_the_curves_title_is_the_load_checks() -> None:
    assert CURVE == check_load.CURVE


def test_lines_are_covered_only_by_what_was_graded(demo_store: Store) -> None:
    data = collected(demo_store)
    spec = [
        SpecText("security.isolation", "security", "Keeps tenants apart."),
        SpecText("tool.languages", "tool", "Knows languages.", claimed_checks=2),
        SpecText("profile.role", "profile", "Is an architect."),
    ]
    found = cover(data.line_results, spec, [row.entrant for row in data.board.rows])
    states = {row.text.line_id: row.state for row in found.rows}
    assert states["security.isolation"] == "seen"
    assert states["tool.languages"] == "not run here"
    assert states["profile.role"] == "nothing yet"
    assert states["anti.no_indexing"] == "seen"
    isolation = found.rows[0]
    assert isolation.checks == ["tenancy.parents", "tenancy.reads", "tenancy.writes"]
    rates = [cell.rate or 0 for cell in isolation.cells]
    assert rates == sorted(rates, reverse=True)
    passed, applicable = demo_store.query(
        "SELECT count(*) FILTER (checks.status = 'passed'), count(*) FROM checks JOIN results USING (sample_uuid) "
        "WHERE check_id LIKE 'tenancy.%' AND outcome = 'graded' AND model = 'replay/reference'"
    )[0]
    assert (isolation.cells[0].passed, isolation.cells[0].applicable) == (passed, applicable)


def test_the_report_shows_the_shipped_lines(demo_store: Store, tmp_path: Path) -> None:
    lines = spec_texts()
    assert len(lines) > 50
    assert any(line.claimed_checks for line in lines)
    text = render_report(demo_store, tmp_path / "report.html", spec=lines).read_text()
    assert lines[0].summary.split("'")[0] in text
    assert "lines have evidence here" in text

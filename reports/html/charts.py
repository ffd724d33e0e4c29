"""The report's charts as Plotly figures: data and layout without colours, which the page adds to fit its theme.

`meta.color` of a trace is a number of the page's palette, or one of its names. All texts are escaped here, because
Plotly reads a few tags in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pandas as pd

from reports.html.embed import visible
from reports.html.frames import Trend, TrendPoint, cost_per_sample, pareto_front
from reports.leaderboard import Row
from reports.statistics import Estimate

Figure = dict[str, Any]

MAX_POINTS = 4000
"""More points than this are thinned evenly: nobody tells them apart, and each is an element of the page."""

LABEL_CHARACTERS = 44
DODGE = 0.006
"""By this part of the trend's length the models' points stand apart."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "triangle-down", "hexagon")
_LOG_FROM = 20
"""A ratio of the dearest to the cheapest from which on the axis is logarithmic."""


@dataclass(frozen=True)
class Chart:
    """A figure with the words around it."""

    name: str
    title: str
    spoken: str
    """What it shows, for those who do not see it."""
    notes: list[str]
    figure: Figure


def chart_text(text: str, limit: int = LABEL_CHARACTERS) -> str:
    """Return `text` so that Plotly shows it as it is, cut to `limit` characters."""
    short = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return visible(short).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def labels(rows: Sequence[Row]) -> list[str]:
    """Return the rows' names: models, with the persona where there are several."""
    personas = {(row.persona_name, row.persona_hash) for row in rows}
    if len(personas) < 2:
        return [chart_text(row.model) for row in rows]
    return [chart_text(f"{row.model}, {row.persona_name} {row.persona_hash[:8]}") for row in rows]


def draw_charts(frame: pd.DataFrame, over_time: Trend, rows: Sequence[Row], scenarios: Sequence[str]) -> list[Chart]:
    """Return the charts that the samples give, in the order in which they stand."""
    names = labels(rows)
    charts = [trend_chart(over_time, names), spread_chart(frame, names, scenarios), cost_chart(rows, names)]
    return [chart for chart in charts if chart]


def trend_chart(found: Trend, names: Sequence[str]) -> Chart | None:
    """Score and solved rate of each model over the nights; None before the second one."""
    if found.nights < 2:
        return None
    groups: dict[int, list[TrendPoint]] = {}
    for point in found.points:
        groups.setdefault(point.entrant, []).append(point)
    traces: list[Figure] = []
    for entrant, points in groups.items():
        # Side by side, since intervals of models that were run together would cover each other.
        shift = timedelta(seconds=(len(traces) // 2 - (len(found.entrants) - 1) / 2) * DODGE * found.span_s)
        for axis, what, values in (
            ("y", "score", [point.score for point in points]),
            ("y2", "solved", [point.solved for point in points]),
        ):
            traces.append(_over_time(points, names[entrant], values, shift=shift, axis=axis, what=what))
    notes = ["Each point is one run, over all its scenarios, with its 95 % interval."]
    if found.small_runs:
        notes.append(
            f"{found.small_runs} runs are left out, which asked less than four fifths of the model's scenarios."
        )
    layout: Figure = {
        "height": 460,
        "hovermode": "closest",
        "xaxis": {"type": "date", "anchor": "y2"},
        "yaxis": {"title": {"text": "score"}, "domain": [0.53, 1], "range": [-0.02, 1.02]},
        "yaxis2": {"title": {"text": "solved"}, "domain": [0, 0.47], "range": [-0.02, 1.02]},
    }
    return Chart("trend", "Trend over runs", _spoken_trend(groups, names), notes, {"data": traces, "layout": layout})


def spread_chart(frame: pd.DataFrame, names: Sequence[str], scenarios: Sequence[str]) -> Chart | None:
    """Every sample's score, by model; None without scores. A point's custom data are sample and scenario."""
    scored = frame[frame["score"].notna()]
    if not len(scored):
        return None
    notes = ["Each point is one answer; it leads to its sample. The box holds the middle half, its line the median."]
    if len(scored) > MAX_POINTS:
        step = len(scored) / MAX_POINTS
        kept = [round(index * step) for index in range(MAX_POINTS)]
        notes.append(f"{MAX_POINTS:,} of {len(scored):,} answers are drawn, evenly chosen.")
        scored = scored.iloc[kept]
    number = {scenario: index for index, scenario in enumerate(scenarios)}
    traces: list[Figure] = []
    for entrant, own in scored.groupby("entrant", sort=True):
        index = int(str(entrant))
        traces.append(
            {
                "type": "box",
                "orientation": "h",
                "name": names[index],
                "x": [round(value, 4) for value in own["score"].tolist()],
                "y": [index] * len(own),
                "customdata": [
                    [sample, number[scenario]]
                    for sample, scenario in zip(own["sample"].tolist(), own["scenario"].tolist(), strict=True)
                ],
                "boxpoints": "all",
                "pointpos": 0,
                "jitter": 0.8,
                "width": 0.7,
                "hoveron": "points",
                "hovertemplate": "score %{x:.3f}<extra></extra>",
                "marker": {"size": 6, "opacity": 0.7},
                "line": {"width": 1.2},
                "showlegend": False,
                "meta": {"color": index},
            }
        )
    layout: Figure = {
        "height": 90 + 74 * len(traces),
        "hovermode": "closest",
        "xaxis": {"title": {"text": "score"}, "range": [-0.03, 1.03]},
        "yaxis": {
            "tickvals": list(range(len(names))),
            "ticktext": list(names),
            "autorange": "reversed",
            "automargin": True,
            "showgrid": False,
        },
    }
    means = ", ".join(f"{names[int(str(key))]} {own['score'].median():.2f}" for key, own in scored.groupby("entrant"))
    return Chart("spread", "Spread of the scores", f"Medians: {means}.", notes, {"data": traces, "layout": layout})


def cost_chart(rows: Sequence[Row], names: Sequence[str]) -> Chart | None:
    """Score against cost per sample, with the Pareto front; None where no price is known."""
    priced = [(index, row, cost) for index, row in enumerate(rows) if row.score and (cost := cost_per_sample(row))]
    if not priced:
        return None
    traces = [_priced(row, cost, names[index], index) for index, row, cost in priced]
    front = [(cost_per_sample(row) or 0.0, row.score.mean) for row in pareto_front(rows) if row.score]
    traces.append(
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Pareto front",
            "x": [cost for cost, _ in front],
            "y": [score for _, score in front],
            "line": {"shape": "hv", "dash": "dot", "width": 1.5},
            "hoverinfo": "skip",
            "meta": {"color": "muted"},
        }
    )
    costs = [cost for _, _, cost in priced]
    layout: Figure = {
        "height": 400,
        "hovermode": "closest",
        "xaxis": {
            "title": {"text": "dollars per sample"},
            "type": "log" if max(costs) / min(costs) > _LOG_FROM else "linear",
            "tickprefix": "$",
        },
        "yaxis": {"title": {"text": "score"}},
    }
    if layout["xaxis"]["type"] == "linear":
        layout["xaxis"]["rangemode"] = "tozero"
    unpriced = [row.model for row in rows if row.score and not cost_per_sample(row)]
    best = [names[rows.index(row)] for row in pareto_front(rows)]
    notes = ["On the dotted front, nothing cheaper scores as much. Vertical lines are 95 % intervals."]
    if unpriced:
        more = f" and {len(unpriced) - 5} more" if len(unpriced) > 5 else ""
        notes.append(f"Not drawn, since no price is known: {', '.join(unpriced[:5])}{more}.")
    return Chart(
        "cost", "Cost against score", f"On the Pareto front: {', '.join(best)}.", notes,
        {"data": traces, "layout": layout},
    )  # fmt: skip


def _over_time(
    points: Sequence[TrendPoint], name: str, values: Sequence[Estimate], *, shift: timedelta, axis: str, what: str
) -> Figure:
    entrant = points[0].entrant
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "legendgroup": str(entrant),
        "showlegend": axis == "y",
        "x": [(point.started_at + shift).isoformat(timespec="seconds") for point in points],
        "y": [round(value.mean, 4) for value in values],
        "yaxis": axis,
        "error_y": _error(values),
        "customdata": [
            [f"{point.started_at:%Y-%m-%d %H:%M}", chart_text(point.run_id), point.scenarios, point.answers]
            for point in points
        ],
        "hovertemplate": f"{what} %{{y:.3f}}<br>%{{customdata[0]}}<br>run %{{customdata[1]}}<br>"
        "%{customdata[2]} scenarios, %{customdata[3]} answers",
        "marker": {"size": 8, "symbol": SYMBOLS[entrant % len(SYMBOLS)]},
        "line": {"width": 2},
        "meta": {"color": entrant},
    }


def _priced(row: Row, cost: float, name: str, index: int) -> Figure:
    values = [row.score] if row.score else []
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [cost],
        "y": [value.mean for value in values],
        "error_y": _error(values),
        "hovertemplate": "score %{y:.3f}<br>$%{x:.4f} per sample",
        "marker": {"size": 11, "symbol": SYMBOLS[index % len(SYMBOLS)]},
        "meta": {"color": index},
    }


def _error(values: Sequence[Estimate]) -> Figure:
    return {
        "type": "data",
        "symmetric": False,
        "array": [0 if value.high is None else round(value.high - value.mean, 4) for value in values],
        "arrayminus": [0 if value.low is None else round(value.mean - value.low, 4) for value in values],
        "thickness": 1,
        "width": 3,
    }


def _spoken_trend(groups: dict[int, list[TrendPoint]], names: Sequence[str]) -> str:
    parts = [
        f"{names[entrant]} from {points[0].score.mean:.2f} to {points[-1].score.mean:.2f} in {len(points)} runs"
        for entrant, points in groups.items()
    ]
    return f"Score: {'; '.join(parts)}."

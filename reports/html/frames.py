"""The samples as pandas frames, and what the charts count from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from reports.leaderboard import Row
from reports.selection import Entrant, SampleRow
from reports.statistics import Estimate, estimate

WHOLE_RUN = 0.8
"""A run that asked a smaller part of the entrant's scenarios stands in no trend: its mean is another thing's."""


def sample_frame(samples: Sequence[SampleRow], entrants: Sequence[Entrant]) -> pd.DataFrame:
    """One row per sample: its number, entrant's number, scenario, run, score and cost."""
    number = {entrant: index for index, entrant in enumerate(entrants)}
    return pd.DataFrame(
        {
            "sample": range(len(samples)),
            "entrant": [number[sample.entrant] for sample in samples],
            "scenario": ["/".join(sample.scenario) for sample in samples],
            "run_id": [sample.run_id for sample in samples],
            "started_at": pd.to_datetime([sample.created_at for sample in samples]),
            "score": pd.Series([sample.score for sample in samples], dtype="float64"),
            "solved": pd.Series([sample.solved for sample in samples], dtype="boolean"),
        }
    )


@dataclass(frozen=True)
class TrendPoint:
    """How an entrant did in one run, over that run's scenarios."""

    entrant: int
    run_id: str
    started_at: datetime
    score: Estimate
    solved: Estimate
    scenarios: int
    answers: int


@dataclass(frozen=True)
class Trend:
    """All points by entrant and time, and how many runs were too small."""

    points: list[TrendPoint]
    small_runs: int

    @property
    def entrants(self) -> set[int]:
        """Whose points there are."""
        return {point.entrant for point in self.points}

    @property
    def span_s(self) -> float:
        """From the first run to the last."""
        moments = [point.started_at for point in self.points]
        return (max(moments) - min(moments)).total_seconds() if moments else 0.0

    @property
    def nights(self) -> int:
        """The most runs that an entrant has."""
        counts: dict[int, int] = {}
        for point in self.points:
            counts[point.entrant] = counts.get(point.entrant, 0) + 1
        return max(counts.values(), default=0)


def trend(frame: pd.DataFrame) -> Trend:
    """Return score and solved rate of each entrant in each run that asked most of its scenarios."""
    scored = frame[frame["score"].notna()]
    all_scenarios = scored.groupby("entrant")["scenario"].nunique()
    points: list[TrendPoint] = []
    small = 0
    for key, run in scored.groupby(["entrant", "run_id"], sort=True):
        entrant, run_id = int(str(key[0])), str(key[1])
        if run["scenario"].nunique() < WHOLE_RUN * int(all_scenarios.loc[entrant]):
            small += 1
            continue
        score = estimate({str(name): own["score"].tolist() for name, own in run.groupby("scenario")})
        solved = estimate(
            {str(name): own["solved"].astype("float64").tolist() for name, own in run.groupby("scenario")}
        )
        if score and solved:
            started: datetime = run["started_at"].min().to_pydatetime()
            points.append(TrendPoint(entrant, run_id, started, score, solved, score.scenarios, len(run)))
    points.sort(key=lambda point: (point.entrant, point.started_at, point.run_id))
    return Trend(points, small)


def pareto_front(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that no other row beats in cost and score at once, the cheapest first."""
    front: list[Row] = []
    priced = [row for row in rows if row.score and cost_per_sample(row) is not None]
    for row in sorted(priced, key=lambda one: (cost_per_sample(one) or 0.0, -(one.score.mean if one.score else 0.0))):
        if row.score and (not front or row.score.mean > (front[-1].score.mean if front[-1].score else 0.0)):
            front.append(row)
    return front


def cost_per_sample(row: Row) -> float | None:
    """Dollars per sample, over those whose price is known; None when none is."""
    return None if row.cost_usd is None or not row.cost_known else row.cost_usd / row.cost_known

"""What the overview shows, computed once, so that the templates hold no logic."""

from dataclasses import dataclass

from reports.html.collect import CheckCount, Collected, FaultRow
from reports.html.figures import Whisker, heat_step, spoken, whisker
from reports.html.heading import Card, cards, facts, subtitle
from reports.leaderboard import Row
from reports.records import UNSCORED_OUTCOMES, ZERO_OUTCOMES
from reports.selection import Entrant, SampleRow, Scenario

SHOWN_TROUBLES = 100


@dataclass(frozen=True)
class BoardRow:
    """A leaderboard row with its drawing."""

    row: Row
    index: int
    """The entrant's number, as the script's filters know it."""
    score: Whisker | None
    solved: Whisker | None
    spoken: str


@dataclass(frozen=True)
class HeatCell:
    """One scenario and entrant; `mean` is None without any score."""

    entrant: int
    mean: float | None
    step: int
    solved: int
    scored: int
    unscored: int


@dataclass(frozen=True)
class HeatRow:
    """One scenario."""

    index: int
    family: str
    scenario_id: str
    version: str
    title: str
    compared: bool
    cells: list[HeatCell]


@dataclass(frozen=True)
class RateCell:
    """How often a check passed for one entrant, of the graded samples that it applied to."""

    passed: int
    applicable: int

    @property
    def rate(self) -> float | None:
        """Passed as a part of applicable."""
        return self.passed / self.applicable if self.applicable else None


@dataclass(frozen=True)
class RateRow:
    """One check across entrants; `spread` is the largest difference between two of them."""

    family: str
    check_id: str
    title: str
    gate: bool
    weight: float
    cells: list[RateCell]
    spread: float
    rate: float


@dataclass(frozen=True)
class Trouble:
    """A sample without a score, with a score of 0 for want of a submission, or with a fault that a retry mended."""

    sample: SampleRow
    kind: str
    faults: list[FaultRow]


@dataclass(frozen=True)
class Overview:
    """Everything above the list of samples."""

    subtitle: str
    facts: list[tuple[str, list[str]]]
    many_personas: bool
    cards: list[Card]
    rows: list[BoardRow]
    heat: list[HeatRow]
    rates: list[RateRow]
    troubles: list[Trouble]
    more_troubles: int


def build_overview(data: Collected) -> Overview:
    """Compute the overview of `data`."""
    entrants = [row.entrant for row in data.board.rows]
    troubles = _troubles(data)
    return Overview(
        subtitle=subtitle(data),
        facts=facts(data),
        many_personas=len({entrant[1:] for entrant in entrants}) > 1,
        cards=cards(data),
        rows=[
            BoardRow(row, index, whisker(row.score), whisker(row.solved), _spoken(row))
            for index, row in enumerate(data.board.rows)
        ],
        heat=_heat(data, entrants),
        rates=_rates(data, entrants),
        troubles=troubles[:SHOWN_TROUBLES],
        more_troubles=max(0, len(troubles) - SHOWN_TROUBLES),
    )


def _spoken(row: Row) -> str:
    return f"score {spoken(row.score)}; solved rate {spoken(row.solved)}"


def _heat(data: Collected, entrants: list[Entrant]) -> list[HeatRow]:
    cells: dict[Scenario, dict[Entrant, list[SampleRow]]] = {}
    for sample in data.samples:
        cells.setdefault(sample.scenario, {}).setdefault(sample.entrant, []).append(sample)
    compared = set(data.board.compared)
    rows: list[HeatRow] = []
    for index, (scenario, by_entrant) in enumerate(cells.items()):
        newest = max((sample for group in by_entrant.values() for sample in group), key=lambda item: item.created_at)
        heat = [_heat_cell(number, by_entrant.get(entrant, [])) for number, entrant in enumerate(entrants)]
        rows.append(
            HeatRow(
                index,
                *scenario,
                newest.scenario_version,
                newest.scenario_title,
                scenario in compared,
                heat,
            )
        )
    return rows


def _heat_cell(entrant: int, samples: list[SampleRow]) -> HeatCell:
    scores = [sample.score for sample in samples if sample.score is not None]
    mean = sum(scores) / len(scores) if scores else None
    return HeatCell(
        entrant=entrant,
        mean=mean,
        step=heat_step(mean or 0.0),
        solved=sum(sample.solved is True for sample in samples),
        scored=len(scores),
        unscored=len(samples) - len(scores),
    )


def _rates(data: Collected, entrants: list[Entrant]) -> list[RateRow]:
    groups: dict[tuple[str, str], dict[Entrant, CheckCount]] = {}
    for count in data.counts:
        groups.setdefault((count.family, count.check_id), {})[count.entrant] = count
    rows: list[RateRow] = []
    for (family, check_id), own in groups.items():
        cells = [
            RateCell(own[entrant].passed, own[entrant].applicable) if entrant in own else RateCell(0, 0)
            for entrant in entrants
        ]
        rates = [cell.rate for cell in cells if cell.rate is not None]
        if not rates:
            continue
        shown = next(iter(own.values()))
        overall = sum(cell.passed for cell in cells) / sum(cell.applicable for cell in cells)
        rows.append(
            RateRow(family, check_id, shown.title, shown.gate, shown.weight, cells, max(rates) - min(rates), overall)
        )
    rows.sort(key=lambda row: (-round(row.spread, 9), round(row.rate, 9), row.family, row.check_id))
    return rows


def _troubles(data: Collected) -> list[Trouble]:
    troubles: list[Trouble] = []
    for sample in data.samples:
        faults = data.faults.get(sample.sample_uuid, [])
        if sample.outcome in UNSCORED_OUTCOMES:
            kind = "no score"
        elif sample.outcome in ZERO_OUTCOMES:
            kind = "score 0"
        elif faults:
            kind = "recovered"
        else:
            continue
        troubles.append(Trouble(sample, kind, faults))
    order = {"no score": 0, "score 0": 1, "recovered": 2}
    return sorted(troubles, key=lambda trouble: order[trouble.kind])

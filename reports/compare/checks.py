"""What became of single checks: how often each passed over a family, and in which scenarios it flipped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from reports.compare.effects import adjusted, suite_effects_of
from reports.compare.matching import Stratum
from reports.compare.model import CheckCell, CheckChange, Count, Flip, Proof
from reports.compare.permutation import rate_p_value
from reports.compare.sides import CheckRow, Side
from reports.records import ZERO_OUTCOMES
from reports.selection import SampleRow

EXCERPT_CHARACTERS = 600
PIECES_OF_EVIDENCE = 2


@dataclass(frozen=True)
class Result:
    """One check's result in one answer."""

    sample: SampleRow
    status: str
    message: str

    @property
    def passed(self) -> float:
        """1 or 0."""
        return float(self.status == "passed")


@dataclass(frozen=True)
class Cell:
    """One check in one stratum."""

    stratum: Stratum
    definition: CheckRow
    base: list[Result]
    head: list[Result]


@dataclass
class Cells:
    """A check's cells over a family, in the order of the strata."""

    family: str
    definition: CheckRow
    cells: list[Cell] = field(default_factory=list[Cell])


def collect_checks(strata: Sequence[Stratum], base: Side, head: Side) -> tuple[list[Cells], list[str]]:
    """Return the checks that both sides have, and the names of those that one side lacks."""
    found: dict[tuple[str, str], Cells] = {}
    lonely: set[str] = set()
    for stratum in strata:
        definitions = (_definitions(stratum.base, base), _definitions(stratum.head, head))
        for check_id in sorted(definitions[0].keys() | definitions[1].keys()):
            definition = definitions[1].get(check_id) or definitions[0][check_id]
            cell = Cell(
                stratum, definition, _results(stratum.base, base, check_id), _results(stratum.head, head, check_id)
            )
            if any(check_id not in side and side for side in definitions):
                lonely.add(f"{stratum.name} {check_id}")
            if not cell.base or not cell.head:
                continue
            family = stratum.scenario[0]
            found.setdefault((family, check_id), Cells(family, definition)).cells.append(cell)
    return [found[key] for key in sorted(found)], sorted(lonely)


def check_changes(checks: Sequence[Cells], confidence: float) -> list[CheckChange]:
    """Return how often each check passed on both sides, p-values adjusted for all of them together."""
    passed = [
        (
            [[result.passed for result in cell.base] for cell in check.cells],
            [[result.passed for result in cell.head] for cell in check.cells],
        )
        for check in checks
    ]
    ordered = adjusted(suite_effects_of(passed, confidence=confidence, unit_range=True))
    return [
        CheckChange(
            family=check.family, check_id=check.definition.check_id, title=check.definition.title, effect=effect
        )
        for check, effect in zip(checks, ordered, strict=True)
    ]


def check_cells(checks: Sequence[Cells]) -> list[CheckCell]:
    """Return how often each check passed in each scenario, by scenario."""
    found = [
        CheckCell(
            scenario=cell.stratum.name,
            family=check.family,
            check_id=cell.definition.check_id,
            title=cell.definition.title,
            gate=cell.definition.gate,
            passed=Count(base=_passed(cell.base), head=_passed(cell.head)),
            epochs=Count(base=len(cell.base), head=len(cell.head)),
        )
        for check in checks
        for cell in check.cells
    ]
    return sorted(found, key=lambda cell: (cell.family, cell.scenario, cell.check_id))


def flips(checks: Sequence[Cells], base: Side, head: Side, *, alpha: float, reports: Count[str]) -> list[Flip]:
    """Return the flips, those for the worse and the least likely by chance first."""
    cells = [cell for check in checks for cell in check.cells if _mostly(cell.base) != _mostly(cell.head)]
    texts = (
        _excerpts(base, [_witness(cell.base) for cell in cells]),
        _excerpts(head, [_witness(cell.head) for cell in cells]),
    )
    found = [_flip(cell, texts, alpha=alpha, reports=reports) for cell in cells]
    return sorted(found, key=lambda flip: (not flip.worse, flip.p_value, not flip.gate, flip.scenario, flip.check_id))


def own_flip_rate(cell: Cell) -> float | None:
    """Return how often two epochs of the same side disagree, over both sides; None without two epochs on a side."""
    pairs = disagreeing = 0
    for side in (cell.base, cell.head):
        passed = _passed(side)
        pairs += len(side) * (len(side) - 1) // 2
        disagreeing += passed * (len(side) - passed)
    return disagreeing / pairs if pairs else None


def _flip(
    cell: Cell, texts: tuple[dict[tuple[str, str], list[str]], ...], *, alpha: float, reports: Count[str]
) -> Flip:
    passed, epochs = (_passed(cell.base), _passed(cell.head)), (len(cell.base), len(cell.head))
    p = rate_p_value(passed, epochs)
    check_id = cell.definition.check_id
    return Flip(
        scenario=cell.stratum.name,
        family=cell.stratum.scenario[0],
        check_id=check_id,
        title=cell.definition.title,
        gate=cell.definition.gate,
        worse=_mostly(cell.base),
        passed=Count(base=passed[0], head=passed[1]),
        epochs=Count(base=epochs[0], head=epochs[1]),
        own_flip_rate=own_flip_rate(cell),
        p_value=p,
        real=p <= alpha,
        proof=Count(
            base=_proof(_witness(cell.base), check_id, texts[0], reports.base),
            head=_proof(_witness(cell.head), check_id, texts[1], reports.head),
        ),
    )


def _proof(result: Result, check_id: str, texts: dict[tuple[str, str], list[str]], report: str) -> Proof:
    uuid = result.sample.sample_uuid
    return Proof(
        sample_uuid=uuid,
        epoch=result.sample.epoch,
        status=result.status,
        message=result.message,
        evidence=texts.get((uuid, check_id), []),
        link=f"{report}#/sample/{quote(uuid, safe='')}/check/{quote(check_id, safe='')}",
    )


def _witness(side: Sequence[Result]) -> Result:
    """An answer that shows what most of the side's answers show."""
    mostly = _mostly(side)
    return next(result for result in side if (result.status == "passed") == mostly)


def _mostly(side: Sequence[Result]) -> bool:
    return _passed(side) * 2 > len(side)


def _passed(side: Sequence[Result]) -> int:
    return sum(result.status == "passed" for result in side)


def _excerpts(side: Side, witnesses: Sequence[Result]) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in side.evidence({result.sample.sample_uuid for result in witnesses}):
        pieces = found.setdefault((row.sample_uuid, row.check_id), [])
        if len(pieces) < PIECES_OF_EVIDENCE:
            more = " …" if len(row.body) > EXCERPT_CHARACTERS else ""
            pieces.append(f"{row.title}:\n{row.body[:EXCERPT_CHARACTERS]}{more}")
    return found


def _definitions(samples: Sequence[SampleRow], side: Side) -> dict[str, CheckRow]:
    return {
        check_id: check for sample in samples for check_id, check in side.checks.get(sample.sample_uuid, {}).items()
    }


def _results(samples: Sequence[SampleRow], side: Side, check_id: str) -> list[Result]:
    """The check's results where it applies. An answer with nothing to grade passed no check."""
    found: list[Result] = []
    for sample in samples:
        own = side.checks.get(sample.sample_uuid, {}).get(check_id)
        if own is not None and own.status != "not_applicable":
            found.append(Result(sample, own.status, own.message))
        elif own is None and sample.outcome in ZERO_OUTCOMES:
            found.append(Result(sample, sample.outcome, sample.reason))
    return found

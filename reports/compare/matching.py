"""Which answers of the two sides are set against each other, and which cannot be."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from reports.compare.model import Count, LeftOut, Unscored, WhyLeftOut
from reports.compare.sides import Side
from reports.records import UNSCORED_OUTCOMES
from reports.selection import SampleRow, Scenario
from scorers.errors import InputError

Key = tuple[str, str, str, str]
"""Model and persona where both sides have the same several, else empty; then family and scenario."""


@dataclass(frozen=True)
class Stratum:
    """The scored answers of both sides to one scenario."""

    key: Key
    base: list[SampleRow]
    head: list[SampleRow]

    @property
    def scenario(self) -> Scenario:
        """Family and scenario id."""
        return self.key[2], self.key[3]

    @property
    def name(self) -> str:
        """For people to read."""
        return stratum_name(self.key)


@dataclass(frozen=True)
class Matched:
    """Strata in a stable order, what was left out of them, and what a reader must know."""

    strata: list[Stratum]
    left_out: list[LeftOut]
    unscored: Count[Unscored]
    notes: list[str] = field(default_factory=list[str])

    @property
    def left_out_share(self) -> float:
        """Scenarios that cannot be compared as a part of all, 0..1."""
        total = len(self.strata) + len(self.left_out)
        return len(self.left_out) / total if total else 1.0


def match(base: Side, head: Side) -> Matched:
    """Set the answers of the two sides against each other, scenario by scenario.

    Raises InputError when an answer is on both sides, or when one side mixes models or personas that the other lacks.
    """
    before, after = _once(base.samples), _once(head.samples)
    _require_disjoint(before, after)
    by_model = _splits("models", {one.model for one in before}, {one.model for one in after})
    personas = [{(one.persona_name, one.persona_hash) for one in side} for side in (before, after)]
    by_persona = _splits("personas", personas[0], personas[1])

    def key(sample: SampleRow) -> Key:
        persona = f"{sample.persona_name} {sample.persona_hash[:8]}" if by_persona else ""
        return sample.model if by_model else "", persona, *sample.scenario

    groups = (_grouped(before, key), _grouped(after, key))
    strata: list[Stratum] = []
    left_out: list[LeftOut] = []
    older = 0
    for one in sorted(groups[0].keys() | groups[1].keys()):
        found = _stratum(one, groups[0].get(one, []), groups[1].get(one, []))
        if isinstance(found, LeftOut):
            left_out.append(found)
            continue
        kept = found.base[0].comparability
        older += sum(sample.comparability != kept for side in groups for sample in side[one])
        strata.append(found)
    notes = [f"{older} answers to other versions of the compared scenarios are not used."] if older else []
    return Matched(strata, left_out, Count(base=_unscored(before), head=_unscored(after)), notes)


def stratum_name(key: Key) -> str:
    """Family and scenario, with model and persona in front where these tell strata apart."""
    return " ".join([*(part for part in key[:2] if part), f"{key[2]}/{key[3]}"])


def _stratum(key: Key, base: Sequence[SampleRow], head: Sequence[SampleRow]) -> Stratum | LeftOut:
    def left(why: WhyLeftOut) -> LeftOut:
        return LeftOut(
            scenario=stratum_name(key),
            why=why,
            answers=Count(base=len(base), head=len(head)),
            versions=Count(base=_versions(base), head=_versions(head)),
        )

    if not base or not head:
        return left("only in head" if not base else "only in base")
    common = {one.comparability for one in base} & {one.comparability for one in head}
    if not common:
        return left("another version")
    newest = max(common)
    scored = [[one for one in side if one.comparability == newest and one.score is not None] for side in (base, head)]
    if not scored[0] or not scored[1]:
        return left("no score in base" if not scored[0] else "no score in head")
    return Stratum(key, scored[0], scored[1])


def _once(samples: Iterable[SampleRow]) -> list[SampleRow]:
    """Each answer once, in an order that does not depend on how they were found."""
    found = {sample.sample_uuid: sample for sample in samples}
    return [found[uuid] for uuid in sorted(found)]


def _require_disjoint(base: Sequence[SampleRow], head: Sequence[SampleRow]) -> None:
    shared = {one.sample_uuid for one in base} & {one.sample_uuid for one in head}
    if shared:
        raise InputError(
            f"{len(shared)} answers are on both sides (the first is {min(shared)!r}); an answer compared with itself "
            "says nothing, so select two different runs"
        )


def _splits(what: str, base: set[str] | set[tuple[str, str]], head: set[str] | set[tuple[str, str]]) -> bool:
    if len(base) == 1 and len(head) == 1:
        return False
    if base == head:
        return True
    raise InputError(
        f"the sides mix {what} that are not the same on both: the base has {sorted(map(str, base))}, the head "
        f"{sorted(map(str, head))}; narrow the selections, for instance with model=… or persona=…"
    )


def _grouped(samples: Iterable[SampleRow], key: Callable[[SampleRow], Key]) -> dict[Key, list[SampleRow]]:
    groups: dict[Key, list[SampleRow]] = {}
    for sample in samples:
        groups.setdefault(key(sample), []).append(sample)
    return groups


def _versions(samples: Sequence[SampleRow]) -> str:
    return ", ".join(sorted({sample.scenario_version for sample in samples}))


def _unscored(samples: Sequence[SampleRow]) -> Unscored:
    missing = [sample for sample in samples if sample.outcome in UNSCORED_OUTCOMES]
    return Unscored(
        answers=len(samples),
        unscored=len(missing),
        scenarios=sorted({"/".join(sample.scenario) for sample in missing}),
    )

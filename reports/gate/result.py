"""The policy applied to a comparison."""

import fnmatch
from typing import Literal

from pydantic import Field

from reports.compare.adjust import holm
from reports.compare.model import CheckChange, Comparison, Record, ResourceChange
from reports.compare.words import p_cell
from reports.gate.policy import Policy

FindingKind = Literal["regression", "check", "cost", "undecided"]

GateVerdict = Literal["passed", "failed", "undecided"]

EXIT_CODES: dict[GateVerdict, int] = {"passed": 0, "failed": 1, "undecided": 4}


class Finding(Record):
    """One thing that the policy does not let through, or cannot decide."""

    kind: FindingKind
    family: str | None = None
    check_id: str | None = None
    text: str


class GateResult(Record):
    """What a gate says: the JSON that `archeval gate` writes."""

    schema_version: Literal[1] = 1
    verdict: GateVerdict
    findings: list[Finding] = Field(description="Empty when the gate is passed.")
    policy: Policy
    base_reused: bool = Field(description="Whether the base's answers are from an earlier run.")
    notes: list[str]
    comparison: Comparison

    @property
    def exit_code(self) -> int:
        """0 passed, 1 failed, 4 undecided."""
        return EXIT_CODES[self.verdict]


def judge(comparison: Comparison, policy: Policy, *, base_reused: bool = False) -> GateResult:
    """Apply the policy. What is shown to be wrong fails; what cannot be told leaves the gate undecided."""
    findings = [
        *_verdict_findings(comparison),
        *_check_findings(comparison, policy),
        *_cost_findings(comparison, policy),
    ]
    failed = [finding for finding in findings if finding.kind != "undecided"]
    return GateResult(
        verdict="failed" if failed else "undecided" if findings else "passed",
        findings=[*failed, *(finding for finding in findings if finding.kind == "undecided")],
        policy=policy,
        base_reused=base_reused,
        notes=[
            f"The policy protects {pattern!r}, and no check that both sides have is called so."
            for pattern in policy.may_not_flip
            if not any(_matches(check, pattern) for check in comparison.checks)
        ],
        comparison=comparison,
    )


def protected(comparison: Comparison, policy: Policy) -> list[CheckChange]:
    """Return the checks that may not flip."""
    return [check for check in comparison.checks if any(_matches(check, pattern) for pattern in policy.may_not_flip)]


def _matches(check: CheckChange, pattern: str) -> bool:
    return fnmatch.fnmatchcase(check.check_id, pattern) or fnmatch.fnmatchcase(
        f"{check.family}/{check.check_id}", pattern
    )


def _verdict_findings(comparison: Comparison) -> list[Finding]:
    if comparison.verdict == "regression":
        worse = [family for family in comparison.families if family.verdict == "regression"]
        text = " ".join(comparison.reasons)
        if not worse:
            return [Finding(kind="regression", text=text)]
        return [Finding(kind="regression", family=family.family, text=text) for family in worse]
    if comparison.verdict in {"inconclusive", "not comparable"}:
        return [Finding(kind="undecided", text=f"{comparison.verdict}: {' '.join(comparison.reasons)}")]
    return []


def _check_findings(comparison: Comparison, policy: Policy) -> list[Finding]:
    checks = protected(comparison, policy)
    flipped = {(flip.family, flip.check_id): flip.scenario for flip in comparison.flips if flip.worse}
    findings: list[Finding] = []
    for check, p in zip(checks, holm([check.effect.p_value for check in checks]), strict=True):
        effect, key = check.effect, (check.family, check.check_id)
        fell = (
            f"{check.family}/{check.check_id} passed {effect.base:.0%} before and {effect.head:.0%} now (p {p_cell(p)})"
        )
        if effect.difference < 0 and p <= policy.alpha:
            kind, text = "check", f"{fell}; it may not flip."
        elif key in flipped:
            kind, text = "undecided", f"{fell}; it may not flip, and in {flipped[key]} it did, or chance did."
        else:
            continue
        findings.append(Finding(kind=kind, family=check.family, check_id=check.check_id, text=text))
    return findings


def _cost_findings(comparison: Comparison, policy: Policy) -> list[Finding]:
    if policy.max_cost_per_answer_usd is None and policy.max_cost_increase is None:
        return []
    cost = next((one for one in comparison.resources if one.name == "cost"), None)
    if cost is None or cost.effect is None:
        return [Finding(kind="undecided", text="The policy limits the cost, and the cost is not known; give --prices.")]
    return [*_over_ceiling(cost, policy), *_over_increase(cost, policy)]


def _over_ceiling(cost: ResourceChange, policy: Policy) -> list[Finding]:
    limit, effect = policy.max_cost_per_answer_usd, cost.effect
    if limit is None or effect is None or effect.head <= limit:
        return []
    return [Finding(kind="cost", text=f"An answer costs ${effect.head:.4f}; the limit is ${limit:.4f}.")]


def _over_increase(cost: ResourceChange, policy: Policy) -> list[Finding]:
    limit, effect = policy.max_cost_increase, cost.effect
    if limit is None or effect is None or effect.head <= effect.base * (1 + limit):
        return []
    text = f"An answer costs ${effect.head:.4f} where it cost ${effect.base:.4f}; the limit is {limit:.0%} more"
    if effect.p_value > policy.alpha:
        return [Finding(kind="undecided", text=f"{text}, and the difference may be chance.")]
    return [Finding(kind="cost", text=f"{text}.")]

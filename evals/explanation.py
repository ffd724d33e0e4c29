"""A grade as Markdown for a person, failed gates first. What a submission caused to be printed stays inert."""

import re

from scorers.evidence import Evidence
from scorers.results import CheckResult, Grade, Measurement

_EVIDENCE_CHARACTERS = 1_200


def explain(grade: Grade) -> str:
    """Return the verdict, then each check that did not pass with its evidence, then the rest by name."""
    parts = [_verdict(grade)]
    failed = sorted((check for check in grade.checks if check.status == "failed"), key=lambda check: not check.gate)
    parts += [_failed(check) for check in failed]
    blocked = [check for check in grade.checks if check.status == "blocked"]
    if blocked:
        parts.append("**Blocked** by what failed: " + ", ".join(_inert(check.title) for check in blocked))
    passed = [check for check in grade.checks if check.status == "passed"]
    if passed:
        parts.append("**Passed**: " + ", ".join(_inert(check.title) for check in passed))
    missed = [measurement for measurement in grade.measurements if measurement.on_target is False]
    parts += [_missed(measurement) for measurement in missed]
    return "\n\n".join(parts)


def _verdict(grade: Grade) -> str:
    if grade.score is None:
        faults = "\n".join(f"- at {fault.step}: {_inert(fault.message.strip())}" for fault in grade.faults)
        return f"**Unscored** ({grade.unscored_reason}); `archeval score` grades it again.\n\n{faults}".strip()
    gates = [check for check in grade.checks if check.gate and check.status != "not_applicable"]
    held = sum(check.status == "passed" for check in gates)
    word = "Solved" if grade.solved else "Not solved"
    return f"**{word}**, score {grade.score:.3f}; {held} of {len(gates)} gates passed"


def _failed(check: CheckResult) -> str:
    kind = "gate" if check.gate else f"score {check.score:.2f}"
    head = f"**Failed: {_inert(check.title)}** ({kind}, `{check.check_id}`)\n\n{_inert(check.message)}"
    return "\n\n".join([head, *(_evidence(item) for item in check.evidence)])


def _evidence(item: Evidence) -> str:
    body = item.body
    if len(body) > _EVIDENCE_CHARACTERS:
        body = body[:_EVIDENCE_CHARACTERS] + "\n… cut"
    longest = max((len(run) for run in re.findall("`+", body)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{_inert(item.title)}\n\n{fence}{item.kind}\n{body}\n{fence}"


def _missed(measurement: Measurement) -> str:
    return f"Off target: {_inert(measurement.name)} is {measurement.value:g} {measurement.unit}, not {measurement.target:g}"


def _inert(text: str) -> str:
    """Return `text` without what Markdown or HTML would act on."""
    return re.sub(r"([\\`*_\[\]<>#|!~])", r"\\\1", text)

"""The gate as JUnit XML: a case per scenario and check, and one for each family's score."""

import re
from xml.etree import ElementTree

from reports.compare.model import CheckCell, Flip, Proof
from reports.compare.words import p_cell
from reports.gate.result import GateResult, protected

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


def to_junit(result: GateResult) -> str:
    """Return the XML.

    A case fails where the gate does: a family that got worse, in it the checks that flipped, and protected checks. What
    cannot be told is skipped with its reason; a check that fails on both sides as before is no failure of the gate.
    """
    root = ElementTree.Element("testsuites", name="archeval gate")
    suites: dict[str, ElementTree.Element] = {}
    _add_gate(_suite(root, suites, "gate"), result)
    _add_families(root, suites, result)
    flips = {(flip.scenario, flip.check_id): flip for flip in result.comparison.flips if flip.worse}
    failing = _failing(result)
    for cell in result.comparison.cells:
        _add_cell(_suite(root, suites, cell.family), cell, flips.get((cell.scenario, cell.check_id)), failing)
    for one in result.comparison.left_out:
        case = _case(_suite(root, suites, "not compared"), one.scenario, "score")
        _skipped(case, f"{one.why}: {one.versions.base or 'nothing'} against {one.versions.head or 'nothing'}")
    for suite in [*suites.values(), root]:
        cases = list(suite.iter("testcase"))
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        if suite is not root:
            suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
            suite.set("errors", "0")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_gate(suite: ElementTree.Element, result: GateResult) -> None:
    case = _case(suite, "gate", "verdict")
    text = "\n".join(finding.text for finding in result.findings)
    if result.verdict == "failed":
        _failure(case, "failed", text)
    elif result.verdict == "undecided":
        _skipped(case, text)


def _add_families(root: ElementTree.Element, suites: dict[str, ElementTree.Element], result: GateResult) -> None:
    for family in result.comparison.families:
        case = _case(_suite(root, suites, family.family), family.family, "score")
        effect = family.effect
        text = f"score {effect.base:.3f} before, {effect.head:.3f} now"
        if family.family in _worse_families(result):
            _failure(case, "regression", text)
        elif family.verdict in {"inconclusive", "regression"}:
            _skipped(case, f"{family.verdict}, which decides nothing here: {text}")


def _add_cell(suite: ElementTree.Element, cell: CheckCell, flip: Flip | None, failing: set[tuple[str, str]]) -> None:
    case = _case(suite, cell.scenario, cell.check_id)
    text = (
        f"{cell.title} Passed {cell.passed.base} of {cell.epochs.base} before, "
        f"{cell.passed.head} of {cell.epochs.head} now."
    )
    if flip is None:
        ElementTree.SubElement(case, "system-out").text = _xml(text)
    elif (cell.family, cell.check_id) in failing:
        _failure(
            case, "flip", f"{text} p {p_cell(flip.p_value)}\n\n{_proof(flip.proof.base)}\n\n{_proof(flip.proof.head)}"
        )
    else:
        _skipped(case, f"flipped, which the gate lets through: {text} p {p_cell(flip.p_value)}")


def _failing(result: GateResult) -> set[tuple[str, str]]:
    """Family and check id whose flips make the gate fail."""
    worse = _worse_families(result)
    if result.comparison.verdict == "regression" and not worse:
        worse = {family.family for family in result.comparison.families}
    found = {(flip.family, flip.check_id) for flip in result.comparison.flips if flip.real and flip.family in worse}
    fallen = {(finding.family, finding.check_id) for finding in result.findings if finding.kind == "check"}
    guarded = ((check.family, check.check_id) for check in protected(result.comparison, result.policy))
    return found | {key for key in guarded if key in fallen}


def _worse_families(result: GateResult) -> set[str]:
    if result.comparison.verdict != "regression":
        return set()
    return {family.family for family in result.comparison.families if family.verdict == "regression"}


def _proof(proof: Proof) -> str:
    pieces = "\n".join(proof.evidence)
    return f"epoch {proof.epoch}, {proof.status}: {proof.message}\n{pieces}\n{proof.link}"


def _suite(root: ElementTree.Element, suites: dict[str, ElementTree.Element], name: str) -> ElementTree.Element:
    if name not in suites:
        suites[name] = ElementTree.SubElement(root, "testsuite", name=_xml(name))
    return suites[name]


def _case(suite: ElementTree.Element, classname: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=_xml(classname), name=_xml(name))


def _failure(case: ElementTree.Element, kind: str, text: str) -> None:
    first = text.split("\n", 1)[0]
    ElementTree.SubElement(case, "failure", type=kind, message=_xml(first)).text = _xml(text)


def _skipped(case: ElementTree.Element, text: str) -> None:
    ElementTree.SubElement(case, "skipped", message=_xml(text))


def _xml(text: str) -> str:
    return _NO_XML.sub("�", text)

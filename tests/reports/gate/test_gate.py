"""The policy applied, and what is written: findings, JUnit, Markdown, the published schema."""

import json
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from reports.compare.comparison import compare
from reports.compare.model import Comparison
from reports.compare.sides import read_side
from reports.gate.junit import to_junit
from reports.gate.markdown import gate_markdown
from reports.gate.policy import Policy
from reports.gate.result import GateResult, judge
from reports.gate.schema import SCHEMA_FILE, schema_text
from reports.records import LogRecords
from reports.selection import Filters
from reports.store import Store
from tests.reports.compare.answers import Answers, log

GOOD, POOR, WORSE = [True, True, True], [True, True, False], [False, False, False]
LAX = Policy(floor=0.5)


def compared(store: Store, logs: Sequence[LogRecords], policy: Policy = LAX) -> Comparison:
    for records in logs:
        store.ingest(records)
    sides = [read_side(store, Filters(run_ids=(run,)), run) for run in ("base", "head")]
    return compare(sides[0], sides[1], policy.rules)


def judged(store: Store, base: Answers, head: Answers, policy: Policy = LAX, **head_more: Any) -> GateResult:
    return judge(compared(store, [log("base", base), log("head", head, **head_more)], policy), policy)


def all_of(answer: Sequence[bool], epochs: int = 4) -> Answers:
    return {name: [answer] * epochs for name in "abc"}


def test_what_is_not_worse_passes(empty_store: Store) -> None:
    found = judged(empty_store, all_of(GOOD), all_of(GOOD))
    assert (found.verdict, found.exit_code, found.findings) == ("passed", 0, [])


def test_a_regression_fails_and_names_the_family(empty_store: Store) -> None:
    logs = [
        log(run, all_of(GOOD if run == "base" or family == "caching" else WORSE), family=family)
        for run in ("base", "head")
        for family in ("caching", "auth")
    ]
    found = judge(compared(empty_store, logs), LAX)
    assert (found.verdict, found.exit_code) == ("failed", 1)
    assert [(finding.kind, finding.family) for finding in found.findings] == [("regression", "auth")]


def test_an_undecided_comparison_leaves_the_gate_undecided(empty_store: Store) -> None:
    found = judged(empty_store, all_of(GOOD), all_of(GOOD), Policy())
    assert (found.verdict, found.exit_code) == ("undecided", 4)
    assert found.findings[0].text.startswith("inconclusive: On this suite")


@pytest.mark.parametrize(
    ("patterns", "verdict"),
    [
        (["check_2"], "failed"),
        (["caching/check_*"], "failed"),
        (["check_0", "check_1"], "passed"),
        (["auth/check_2"], "passed"),
        ([], "passed"),
    ],
)
def test_protected_checks_may_not_flip(patterns: list[str], verdict: str, empty_store: Store) -> None:
    policy = Policy(floor=0.9, alpha=0.0001, may_not_flip=patterns)
    comparison = compared(empty_store, [log("base", all_of(GOOD)), log("head", all_of(POOR))], policy)
    found = judge(comparison, Policy(floor=0.9, may_not_flip=patterns))
    assert comparison.verdict != "regression"
    assert found.verdict == verdict
    if verdict == "failed":
        assert found.findings[0].check_id == "check_2"
        assert "passed 100% before and 0% now" in found.findings[0].text


def test_a_protected_check_whose_flip_may_be_chance_is_undecided(empty_store: Store) -> None:
    policy = Policy(floor=0.9, may_not_flip=["check_2"])
    found = judged(empty_store, {"a": [GOOD, GOOD, GOOD]}, {"a": [POOR, POOR, GOOD]}, policy)
    assert (found.verdict, found.findings[0].check_id) == ("undecided", "check_2")
    assert "or chance did" in found.findings[0].text


def test_a_pattern_that_protects_nothing_is_said(empty_store: Store) -> None:
    found = judged(empty_store, all_of(GOOD), all_of(GOOD), Policy(floor=0.5, may_not_flip=["tenancy.reads"]))
    assert "'tenancy.reads', and no check" in found.notes[0]


@pytest.mark.parametrize(
    ("limits", "cost_usd", "verdict"),
    [
        ({"max_cost_per_answer_usd": 0.6}, 0.5, "passed"),
        ({"max_cost_per_answer_usd": 0.6}, 0.7, "failed"),
        ({"max_cost_per_answer_usd": 0.6}, None, "undecided"),
        ({"max_cost_increase": 0.1}, 0.52, "passed"),
        ({"max_cost_increase": 0.1}, 0.7, "failed"),
        ({}, None, "passed"),
    ],
)
def test_cost_has_limits(limits: dict[str, Any], cost_usd: float | None, verdict: str, empty_store: Store) -> None:
    policy = Policy(floor=0.5, **limits)
    assert judged(empty_store, all_of(GOOD), all_of(GOOD), policy, cost_usd=cost_usd).verdict == verdict


def test_a_dearer_head_may_be_chance(empty_store: Store) -> None:
    policy = Policy(floor=0.9, max_cost_increase=0.1)
    found = judged(empty_store, {"a": [GOOD, GOOD]}, {"a": [GOOD, GOOD]}, policy, cost_usd=0.9)
    assert [finding.text for finding in found.findings if "may be chance" in finding.text]


def cases(result: GateResult) -> dict[tuple[str, str], ElementTree.Element]:
    root = ElementTree.fromstring(to_junit(result))
    return {(case.attrib["classname"], case.attrib["name"]): case for case in root.iter("testcase")}


def test_junit_has_a_case_per_scenario_and_check(empty_store: Store) -> None:
    base = {**all_of(GOOD), "d": [GOOD] * 4}
    found = judged(empty_store, base, all_of(WORSE), Policy(floor=0.5, max_left_out=0.5))
    by_name = cases(found)
    checks = {key for key in by_name if key[1].startswith("check_")}
    assert checks == {(f"caching/{name}", f"check_{index}") for name in "abc" for index in range(3)}
    failure = by_name["caching/a", "check_1"].find("failure")
    assert failure is not None
    assert "evidence of check_1" in (failure.text or "")
    assert by_name["gate", "verdict"].find("failure") is not None
    assert by_name["caching", "score"].find("failure") is not None
    assert by_name["caching/d", "score"].find("skipped") is not None
    root = ElementTree.fromstring(to_junit(found))
    assert (root.attrib["tests"], root.attrib["failures"]) == ("12", "11")


def test_junit_fails_only_where_the_gate_does(empty_store: Store) -> None:
    passed = judged(empty_store, all_of(GOOD), all_of(GOOD))
    assert not [case for case in cases(passed).values() if len(case.findall("failure") + case.findall("skipped"))]
    undecided = judge(passed.comparison.model_copy(update={"verdict": "not comparable"}), LAX)
    assert not [case for case in cases(undecided).values() if case.find("failure") is not None]


def test_junit_holds_what_xml_cannot(empty_store: Store) -> None:
    found = judged(empty_store, all_of(GOOD), all_of(WORSE))
    flip = found.comparison.flips[0]
    hostile = flip.proof.head.model_copy(update={"message": "\x00\x1b[31m</failure>]]>\ufffe"})
    flips = [
        one.model_copy(update={"proof": one.proof.model_copy(update={"head": hostile})})
        for one in found.comparison.flips
    ]
    text = to_junit(found.model_copy(update={"comparison": found.comparison.model_copy(update={"flips": flips})}))
    assert "</failure>]]>" not in text
    assert len(list(ElementTree.fromstring(text).iter("failure"))) == 11


def test_markdown_leads_with_the_findings(empty_store: Store) -> None:
    text = gate_markdown(judged(empty_store, all_of(GOOD), all_of(WORSE)))
    assert text.startswith("# ❌ archeval gate: failed\n\n- On this suite, the score went from 1.000 to 0.000")
    assert "<details>" in text


def test_markdown_fits_into_a_comment(empty_store: Store) -> None:
    result = judged(empty_store, all_of(GOOD), all_of(WORSE))
    whole = gate_markdown(result)
    shorter = gate_markdown(result, limit=len(whole) - 1)
    assert 0 < shorter.count("<details>") < whole.count("<details>")
    assert shorter.count("<details>") == shorter.count("</details>")
    tiny = gate_markdown(result, limit=800)
    assert len(tiny) <= 800
    assert tiny.endswith("The rest is in the job's files.\n")


def test_the_published_schema_is_that_of_the_code(empty_store: Store) -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "archeval gate --schema > the file"
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


def test_what_is_written_keeps_to_the_schema(empty_store: Store) -> None:
    result = judged(empty_store, all_of(GOOD), all_of(WORSE))
    written = json.loads(result.model_dump_json())
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.validate(written, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**written, "verdict": "perhaps"}, schema)
    assert GateResult.model_validate(written) == result

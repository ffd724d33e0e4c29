"""The four gates on sound schemas of many styles, and on schemas with one hole each."""

import pytest

from tests.scorers.database_schema.tenancy.conftest import Judge
from tests.scorers.database_schema.tenancy.holes import HOLES
from tests.scorers.database_schema.tenancy.sound import SOUND


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_schema_passes_every_gate(judge: Judge, name: str) -> None:
    outcomes = judge(*SOUND[name])
    assert {gate: outcome.message for gate, outcome in outcomes.items() if outcome.status != "passed"} == {}


@pytest.mark.parametrize("name", HOLES)
def test_a_hole_fails_its_gates_and_no_other(judge: Judge, name: str) -> None:
    up, queries, expected = HOLES[name]
    outcomes = judge(up, queries)
    assert {gate for gate, outcome in outcomes.items() if outcome.status == "failed"} == expected

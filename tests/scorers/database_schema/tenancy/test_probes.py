"""What the gates tell, and what they do when a probe cannot work: raise, and never pass."""

from dataclasses import replace
from random import Random

import psycopg
import pytest

from scorers.database_schema.oracle import Population
from scorers.database_schema.session import CallResult, ContractSession
from scorers.database_schema.tenancy.tenants import tokens_of
from scorers.database_schema.values import Value
from scorers.errors import HarnessFault
from scorers.testbed.protocol import DeadlineExceeded
from tests.scorers.database_schema.tenancy.conftest import GATES, Judge
from tests.scorers.database_schema.tenancy.notes import QUERIES, NotesOracle
from tests.scorers.database_schema.tenancy.schemas import COMPOSITE, edited
from tests.scorers.database_schema.tenancy.sound import FUNCTION_QUERIES, FUNCTIONS_ONLY, LEDGERS, NUMBERS_AND_TRIGGERS
from tests.scorers.database_schema.tiny import TinyOracle


def told(judge: Judge, gate: str, up: str, queries: str = QUERIES) -> str:
    """Message and evidence of one gate, as one text."""
    outcome = judge(up, queries, gates=(gate,))[gate]
    return "\n".join([outcome.message, *(f"{item.title}\n{item.body}" for item in outcome.evidence)])


def test_a_contract_without_tenants_is_not_asked(judge: Judge) -> None:
    outcomes = judge(COMPOSITE, oracle=TinyOracle())
    assert {outcome.status for outcome in outcomes.values()} == {"not_applicable"}


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_the_gates_document_themselves(gate: object) -> None:
    assert isinstance(gate, type(GATES["tenancy_direct"]))
    assert (gate.gate, gate.weight, gate.requires) == (True, 2.0, ("right",))
    assert all((gate.docs.asks, gate.docs.why, gate.docs.source, gate.docs.fails))


def test_evidence_names_the_statement_the_setting_the_rows_and_the_policies(judge: Judge) -> None:
    up = COMPOSITE + "CREATE POLICY clean_up ON notes FOR DELETE USING (true);"
    text = told(judge, "tenancy_direct", up)
    assert 'DELETE FROM "public"."notes"' in text
    assert "app.tenant_id = '" in text
    assert "(tenant C)" in text
    assert "A's row in public.comments: tenant_id=" in text
    assert "is gone" in text
    assert "clean_up permissive FOR DELETE TO public USING (true)" in text


def test_evidence_says_when_a_table_has_no_row_level_security(judge: Judge) -> None:
    up = edited(COMPOSITE, ("ALTER TABLE comments ENABLE ROW LEVEL SECURITY;", ""))
    assert "row-level security is not enabled on table public.comments" in told(judge, "tenancy_direct", up)


def test_a_pass_tells_what_was_covered_and_what_was_not(judge: Judge) -> None:
    text = told(judge, "tenancy_direct", LEDGERS)
    assert "read 7 relations" in text
    assert "public.totals that changed while others were served count as shared" in text
    assert "INSERT of rows for B, where A's own succeed: public.audit, public.comments" in text
    assert "INSERT into table public.tenants: no row's key can be made fresh" in text


def test_ties_are_covered_where_keys_are_numbers(judge: Judge) -> None:
    text = told(judge, "tenancy_references", NUMBERS_AND_TRIGGERS)
    for tie in ("INSERT public.comments (note_id)", "UPDATE public.notes (folder_id)", "UPDATE public.folders (Org)"):
        assert tie in text


def test_functions_are_covered_where_tables_are_closed(judge: Judge) -> None:
    text = told(judge, "tenancy_direct", FUNCTIONS_ONLY, FUNCTION_QUERIES)
    assert "public.api_change_note(uuid, text, uuid)" in text
    assert "app_user may not read any column" in text


class _AsksNothing(NotesOracle):
    def reads_of_tenant(self, session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
        return super().reads_of_tenant(session, tenant, replace(population, ids={"folder": [], "note": []}))[1:]


def test_an_oracle_whose_reads_show_nothing_is_a_fault(judge: Judge) -> None:
    with pytest.raises(HarnessFault, match="asks nothing"):
        judge(COMPOSITE, gates=("tenancy_queries",), oracle=_AsksNothing())


def test_a_function_that_ends_the_session_is_no_pass(judge: Judge) -> None:
    kill = "CREATE FUNCTION leave() RETURNS bool LANGUAGE sql AS 'SELECT pg_terminate_backend(pg_backend_pid())';"
    with pytest.raises(psycopg.OperationalError):
        judge(COMPOSITE + kill, gates=("tenancy_direct",))


def test_a_function_that_never_returns_is_no_pass(judge: Judge) -> None:
    wait = "CREATE FUNCTION wait() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(3600)';"
    with pytest.raises((DeadlineExceeded, HarnessFault)):
        judge(COMPOSITE + wait, gates=("tenancy_direct",), seconds=6)


def test_a_timeout_of_the_submissions_own_is_no_pass(judge: Judge) -> None:
    impatient = (
        "CREATE FUNCTION slow() RETURNS text LANGUAGE sql SET statement_timeout = '1ms' AS 'SELECT pg_sleep(1)::text';"
        "CREATE FUNCTION cancel() RETURNS void LANGUAGE plpgsql AS"
        " $$BEGIN RAISE EXCEPTION 'cancelled' USING ERRCODE = '57014'; END$$;"
    )
    with pytest.raises(psycopg.errors.QueryCanceled):
        judge(COMPOSITE + impatient, gates=("tenancy_direct",))


def test_a_query_of_the_wrong_shape_fails_the_gate(judge: Judge) -> None:
    queries = edited(
        QUERIES, ("SELECT id, name FROM folders ORDER BY name", "SELECT name, id FROM folders ORDER BY name")
    )
    outcome = judge(COMPOSITE, queries, gates=("tenancy_queries",))["tenancy_queries"]
    assert outcome.status == "failed"
    assert "list_folders" in outcome.evidence[0].body


def test_tokens_are_recognised_in_any_case_but_not_where_the_asker_named_them() -> None:
    tenant = NotesOracle().new_tenant(Random(1))
    population = Population(markers=["Blue Whale", "x"], ids={"note": [7, NotesOracle().new_tenant(Random(2))]})
    tokens = tokens_of(tenant, population, {"0000aaaa-0000-4000-8000-00000000bbbb"})
    assert tokens.found(f"({tenant},BLUE WHALE,x,7)") == sorted([str(tenant), "blue whale"])
    assert tokens.found("blue whale", known=["a Blue Whale swims"]) == []
    assert tokens.found("0000AAAA-0000-4000-8000-00000000BBBB") == ["0000aaaa-0000-4000-8000-00000000bbbb"]
    assert tokens.uuids.found("blue whale") == []

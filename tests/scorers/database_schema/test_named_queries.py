import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorers.database_schema.migrations import parse_migrations
from scorers.database_schema.named_queries import bind, parse_queries


@pytest.mark.parametrize(
    ("body", "sql", "names"),
    [
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
        ("SELECT :a::text;", "SELECT $1::text", ("a",)),
        ("SELECT ':a', \":a\", :a", "SELECT ':a', \":a\", $1", ("a",)),
        ("SELECT E'it\\':a', :a", "SELECT E'it\\':a', $1", ("a",)),
        ("SELECT 'it''s :a', :a", "SELECT 'it''s :a', $1", ("a",)),
        (
            "SELECT $$ :a $$, $tag$ $$ :a $tag$, :a",
            "SELECT $$ :a $$, $tag$ $$ :a $tag$, $1",
            ("a",),
        ),
        ("SELECT 1 -- :a\n, :a", "SELECT 1 -- :a\n, $1", ("a",)),
        ("SELECT /* :a /* :b */ :c */ :a", "SELECT /* :a /* :b */ :c */ $1", ("a",)),
        (
            "SELECT now() AT TIME ZONE 'x:y', :a",
            "SELECT now() AT TIME ZONE 'x:y', $1",
            ("a",),
        ),
        ("CALL f(x := :a)", "CALL f(x := $1)", ("a",)),
        ("SELECT a LIKE '%' || :a", "SELECT a LIKE '%' || $1", ("a",)),
        ("SELECT 1;\n\n", "SELECT 1", ()),
    ],
)
def test_parameters_are_numbered_outside_of_quotes_and_comments(body: str, sql: str, names: tuple[str, ...]) -> None:
    query = bind("q", body)
    assert (query.sql, query.names) == (sql, names)


@given(st.text(st.characters(exclude_characters=":$'\"-/", exclude_categories=["Cs"])))
def test_text_without_parameters_is_left_alone(body: str) -> None:
    assert bind("q", body).sql == body.rstrip().rstrip(";").rstrip()


def test_queries_are_split_at_their_names() -> None:
    queries, problems = parse_queries(
        "-- a comment\n-- name: get-a^\nSELECT 1;\n\n-- name: put_b<!\n-- what it does\nSELECT :x\n"
    )
    assert problems == []
    assert list(queries) == ["get_a", "put_b"]
    assert queries["put_b"].names == ("x",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT 1", "no line of the form"),
        ("-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "'a' is defined twice"),
        (
            "-- name: a\n-- only words\n/* none */ ;\n-- name: b\nSELECT 1",
            "'a' is empty",
        ),
    ],
)
def test_what_is_wrong_with_the_file_is_said(text: str, problem: str) -> None:
    assert problem in " ".join(parse_queries(text)[1])


def test_migrations_are_paired_and_ordered_by_number() -> None:
    files = {f"migrations/{name}.{way}.sql": f"-- {name}" for name in ("0010_b", "2_a") for way in ("up", "down")}
    migrations, problems = parse_migrations(files | {"migrations/README.md": "", "queries.sql": ""})
    assert problems == []
    assert [step.label for step in migrations] == ["0002_a", "0010_b"]


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (["0001_a.up"], "version 1 has no down file"),
        (["0001_a.up", "0001_b.down"], "named 'a' upwards and 'b' downwards"),
        (["0001_a.up", "0001_a.down", "001_b.up"], "more than one up file"),
        (["first.up"], "is not named like"),
        ([], "no migration"),
    ],
)
def test_incomplete_migrations_are_said(names: list[str], problem: str) -> None:
    assert problem in " ".join(parse_migrations({f"migrations/{name}.sql": "SELECT 1" for name in names})[1])

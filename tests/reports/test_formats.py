import csv
import io
import json

import pytest
from syrupy.assertion import SnapshotAssertion

from reports.formats import render, to_csv, to_json, to_markdown, to_table
from reports.leaderboard import leaderboard
from reports.store import Store
from tests.reports.test_leaderboard import board, log


def test_the_demo_as_table(demo_store: Store, snapshot: SnapshotAssertion) -> None:
    assert render(leaderboard(demo_store), "table", width=170) == snapshot


def test_the_demo_as_markdown(demo_store: Store, snapshot: SnapshotAssertion) -> None:
    assert render(leaderboard(demo_store), "markdown") == snapshot


def test_json_and_csv_agree_and_are_not_rounded(demo_store: Store) -> None:
    found = leaderboard(demo_store)
    as_json = json.loads(render(found, "json"))
    as_csv = list(csv.DictReader(io.StringIO(render(found, "csv"))))
    assert as_json["compared"] == [
        f"database_schema/{name}" for name in ("ecommerce_orders", "evolve_billing", "multi_tenant_saas")
    ]
    assert [row["model"] for row in as_json["rows"]] == [row["model"] for row in as_csv]
    for row, flat, source in zip(as_json["rows"], as_csv, found.rows, strict=True):
        assert source.score is not None
        assert row["score"]["mean"] == float(flat["score"]) == source.score.mean
        assert row["score"]["low"] == float(flat["score_low"])
        assert row["unscored_share"] == float(flat["unscored_share"]) == source.unscored / source.samples
        assert flat["cost_usd"] == ("" if source.cost_usd is None else str(source.cost_usd))


def test_no_scores_are_empty_not_zero(empty_store: Store) -> None:
    found = board(empty_store, [log("m", {"a": ["unscored"]})])
    [row] = csv.DictReader(io.StringIO(to_csv(found)))
    assert (row["score"], row["score_low"], row["solved"], row["unscored"]) == ("", "", "", "1")
    assert json.loads(to_json(found))["rows"][0]["score"] is None
    assert "1 (100%)" in to_table(found)


def test_names_are_text_in_every_format(empty_store: Store) -> None:
    name = "[bold]x[/bold] | <b>y</b> `z` *w*"
    found = board(empty_store, [log(name, {"a": [0.5]})])
    assert name in to_table(found, width=200)
    line = to_markdown(found).splitlines()[2]
    assert line.startswith(r"| 1 | \[bold\]x\[/bold\] \| &lt;b&gt;y&lt;/b&gt; \`z\` \*w\* |")
    [row] = csv.DictReader(io.StringIO(to_csv(found)))
    assert row["model"] == name


@pytest.mark.parametrize("width", [80, 100])
def test_a_narrow_terminal_keeps_scores_and_says_what_it_leaves_out(demo_store: Store, width: int) -> None:
    text = to_table(leaderboard(demo_store), width=width)
    assert all(len(line) <= width for line in text.splitlines())
    assert {"0.982", "0.94-1.00", "(11%)", "replay/naive"} <= set(text.split())
    assert "another format" in " ".join(text.split())

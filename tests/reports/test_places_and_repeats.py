"""Places that share, pass@k and pass^k, rows by model or persona, and the page of HTML."""

import json
from itertools import combinations

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from evals.cli.main import archeval
from reports.formats import render, to_table
from reports.leaderboard import leaderboard
from reports.ranks import Place, places
from reports.repeats import repeats
from reports.store import Store
from tests.reports.test_leaderboard import log


@given(st.dictionaries(st.text(max_size=3), st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=6), min_size=1))
def test_both_are_what_counting_all_choices_gives(solved: dict[str, list[float]]) -> None:
    found = repeats(solved, 3)
    assert found is not None
    chosen = [list(combinations(epochs, 3)) for epochs in solved.values()]
    assert found.at_least_once == pytest.approx(np.mean([np.mean([max(one) for one in every]) for every in chosen]))
    assert found.every_time == pytest.approx(np.mean([np.mean([min(one) for one in every]) for every in chosen]))


def test_one_try_is_the_solved_rate() -> None:
    found = repeats({"a": [1, 0, 0, 0], "b": [1, 1]}, 1)
    assert found is not None
    assert found.at_least_once == found.every_time == pytest.approx((0.25 + 1) / 2)


def test_more_tries_than_epochs_are_not_guessed() -> None:
    assert repeats({"a": [1, 0, 1], "b": [1, 1]}, 3) is None
    assert repeats({}, 1) is None


def scores(level: float, spread: float = 0.02) -> dict[str, list[float]]:
    return {name: [level - spread, level, level + spread] for name in "abcde"}


def test_who_cannot_be_told_apart_shares_the_place() -> None:
    found = places([scores(0.9), scores(0.905), scores(0.5), scores(0.3)])
    assert found == [Place(1, 2), Place(1, 2), Place(3, 3), Place(4, 4)]
    assert [str(place) for place in found] == ["1-2", "1-2", "3", "4"]


def test_one_between_two_may_share_with_both() -> None:
    low, middle, high = (scores(level, 0.1) for level in (0.45, 0.53, 0.61))
    assert places([low, middle, high]) == [Place(2, 3), Place(1, 3), Place(1, 2)]


def test_one_answer_each_separates_nobody() -> None:
    assert places([{"a": [1.0]}, {"a": [0.0]}]) == [Place(1, 2), Place(1, 2)]


def test_who_has_no_score_has_no_place() -> None:
    assert places([{}, scores(0.5)]) == [None, Place(1, 1)]
    assert places([]) == []


def test_false_separation_is_as_rare_as_stated() -> None:
    """Five equal models: a comparison that separates any two of them is an error of the whole board."""
    chance = np.random.default_rng(2)
    boards = [
        places([{name: list(chance.choice([0.4, 0.9, 1.0], 4)) for name in "abcdef"} for _ in range(5)])
        for _ in range(150)
    ]
    wrong = sum(place != Place(1, 5) for board in boards for place in board[:1])
    assert wrong <= 16


@pytest.fixture
def store(empty_store: Store) -> Store:
    for model, persona, level in (("m", "old", 0.2), ("m", "new", 1.0), ("n", "old", 0.4), ("n", "new", 0.6)):
        empty_store.ingest(log(model, {name: [level, level] for name in "ab"}, persona=persona))
    return empty_store


def test_rows_by_model_pool_the_personas(store: Store) -> None:
    found = leaderboard(store, by="model")
    assert [(row.model, row.persona_name, row.score.mean if row.score else None) for row in found.rows] == [
        ("m", "2 personas", pytest.approx(0.6)),
        ("n", "2 personas", pytest.approx(0.5)),
    ]
    assert found.notes == []


def test_rows_by_persona_pool_the_models(store: Store) -> None:
    found = leaderboard(store, by="persona")
    assert [(row.model, row.persona_name, row.score.mean if row.score else None) for row in found.rows] == [
        ("2 models", "new", pytest.approx(0.8)),
        ("2 models", "old", pytest.approx(0.3)),
    ]


def test_rows_that_pool_unlike_things_say_so(store: Store) -> None:
    store.ingest(log("o", {"a": [1.0, 1.0], "b": [1.0, 1.0]}, persona="new"))
    assert "not asked with the same personas" in leaderboard(store, by="model").notes[0]
    assert leaderboard(store).notes == []


def test_coverage_is_of_all_that_is_selected(store: Store) -> None:
    store.ingest(log("o", {"a": [1.0], "c": [1.0], "d": [1.0]}))
    found = {(row.model, row.persona_name): row.coverage for row in leaderboard(store).rows}
    assert found["o", "architect"] == 0.75
    assert found["m", "new"] == 0.5


def test_k_is_the_largest_that_all_have_unless_it_is_given(store: Store) -> None:
    assert leaderboard(store).k == 2
    asked = leaderboard(store, k=3)
    assert (asked.k, asked.rows[0].repeats) == (3, None)
    assert "pass@2  pass^2" in to_table(leaderboard(store), width=170)
    assert "pass@" not in to_table(leaderboard(store), width=150).splitlines()[0]


def test_the_page_shows_text_and_loads_nothing(empty_store: Store) -> None:
    empty_store.ingest(log("<script>x</script>", {"a": [1.0]}))
    page = render(leaderboard(empty_store), "html")
    assert "&lt;script&gt;x&lt;/script&gt;" in page
    assert not [word for word in ("<script", "http:", "https:", "src=", "@import") if word in page]
    assert page.count("<tr>") == 2


def test_the_command(store: Store, tmp_path_factory: pytest.TempPathFactory) -> None:
    def call(*args: str) -> str:
        done = CliRunner().invoke(archeval, ["leaderboard", "--store", str(store.path), *args], standalone_mode=False)
        assert (done.exception, done.return_value) == (None, 0)
        return done.output

    assert json.loads(call("--format", "json", "--by", "model\u00d7persona"))["by"] == "both"
    assert [row["model"] for row in json.loads(call("--format", "json", "--by", "model"))["rows"]] == ["m", "n"]
    page = tmp_path_factory.mktemp("out") / "board.html"
    assert call("--format", "html", "--out", str(page)) == f"leaderboard: {page}\n"
    assert page.read_text().startswith("<!doctype html>")

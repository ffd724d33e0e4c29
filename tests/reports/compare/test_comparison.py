"""Whole comparisons, from records in a store to verdict and reasons."""

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.compare.comparison import compare
from reports.compare.model import Comparison, Effect, Rules
from reports.compare.sides import Side, read_side
from reports.records import LogRecords
from reports.selection import Filters
from reports.store import Store
from scorers.errors import InputError
from tests.reports.compare.answers import Answers, log

GOOD = [True, True, True, True]
POOR = [True, False, True, True]


def sides(store: Store, logs: Iterable[LogRecords]) -> tuple[Side, Side]:
    for records in logs:
        store.ingest(records)
    return (
        read_side(store, Filters(run_ids=("base",)), "base"),
        read_side(store, Filters(run_ids=("head",)), "head"),
    )


def compared(store: Store, base: Answers, head: Answers, rules: Rules | None = None) -> Comparison:
    return compare(*sides(store, [log("base", base), log("head", head)]), rules or Rules())


def whole(comparison: Comparison) -> Effect:
    assert comparison.on_this_suite is not None
    return comparison.on_this_suite.effect


def repeated(names: str, *epochs: object) -> Answers:
    return {name: list(epochs) for name in names}  # pyright: ignore[reportReturnType]


def test_a_plain_regression(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abc", GOOD, GOOD, POOR), repeated("abc", 0.3, 0.4, 0.3))
    assert (found.verdict, found.exit_code) == ("regression", 1)
    effect = whole(found)
    assert (effect.base, effect.head) == (pytest.approx(11 / 12), pytest.approx(1 / 3))
    assert effect.high is not None
    assert effect.high < 0
    assert effect.method == "welch"
    assert effect.p_value == pytest.approx(2 / 8000)
    assert found.reasons[0].startswith("On this suite, the score went from 0.917 to 0.333: -0.583, 95 % interval -0.")


def test_an_improvement(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abc", 0.3, 0.4, 0.3), repeated("abc", GOOD, GOOD, POOR))
    assert (found.verdict, found.exit_code) == ("improvement", 0)


def test_a_tiny_run_is_inconclusive_and_says_what_would_do(empty_store: Store) -> None:
    found = compared(empty_store, repeated("ab", GOOD, 0.4), repeated("ab", 0.4, GOOD))
    assert (found.verdict, found.exit_code) == ("inconclusive", 4)
    assert found.on_this_suite is not None
    assert found.on_this_suite.epochs_needed is not None
    assert found.on_this_suite.epochs_needed > 100
    assert f"About {found.on_this_suite.epochs_needed:,} epochs per scenario" in found.reasons[-1]


def test_no_spread_is_no_flipty(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abc", GOOD, GOOD, GOOD), repeated("abc", GOOD, GOOD, GOOD))
    assert found.verdict == "inconclusive"
    effect = whole(found)
    assert (effect.difference, effect.method, effect.p_value) == (0, "newcombe", 1)
    assert effect.low is not None
    assert effect.low < -0.25
    assert "no spread between epochs was seen" in " ".join(found.reasons)
    assert found.on_this_suite is not None
    assert found.on_this_suite.epochs_needed == 25


def test_as_many_epochs_as_were_said_to_decide_do(empty_store: Store) -> None:
    many = [GOOD] * 25
    found = compared(empty_store, repeated("abc", *many), repeated("abc", *many))
    assert (found.verdict, found.exit_code) == ("no regression", 0)
    assert "A drop of more than 0.05 is excluded." in found.reasons


def test_one_answer_each_says_nothing(empty_store: Store) -> None:
    found = compared(empty_store, {"a": [GOOD]}, {"a": [0.3]})
    effect = whole(found)
    assert (found.verdict, effect.low, effect.high, effect.method) == ("inconclusive", None, None, "none")


def test_one_epoch_takes_the_spread_of_the_differences(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abcdef", GOOD), {name: [0.2 + 0.02 * i] for i, name in enumerate("abcdef")})
    assert whole(found).method == "collapsed"
    assert found.verdict == "regression"


def test_one_family_that_got_worse_is_a_regression_and_is_named(empty_store: Store) -> None:
    steady, names = [GOOD, 0.9, 0.8, GOOD, 0.9, 0.8] * 2, "abcdef"
    logs = [
        log("base", repeated(names, *steady), family="caching"),
        log("head", repeated(names, *steady), family="caching"),
        log("base", repeated(names, *steady), family="auth"),
        log("head", repeated(names, *[0.5, 0.6] * 6), family="auth"),
    ]
    found = compare(*sides(empty_store, logs))
    assert found.verdict == "regression"
    assert {family.family: family.verdict for family in found.families}["auth"] == "regression"
    assert {family.family: family.verdict for family in found.families}["caching"] != "regression"
    assert found.reasons[-1].startswith("auth: the score went from")
    assert [family.effect.confidence for family in found.families] == [0.975, 0.975]


def test_scenarios_like_these_need_twenty(empty_store: Store) -> None:
    answers = {f"s{number:02}": [0.5, 0.6] for number in range(20)}
    found = compared(empty_store, answers, {name: [0.6, 0.5] for name in answers})
    assert found.on_scenarios_like_these is not None
    assert found.on_scenarios_like_these.scenarios == 20
    assert not [note for note in found.notes if "like these" in note]


def test_and_are_not_offered_for_fewer(empty_store: Store) -> None:
    answers = {f"s{number:02}": [0.5, 0.6] for number in range(19)}
    found = compared(empty_store, answers, answers)
    assert found.on_scenarios_like_these is None
    assert "need more than the 19 here, at least 20" in found.notes[0]


def test_what_one_side_lacks_is_listed_and_no_zero(empty_store: Store) -> None:
    base = repeated("abcdefgh", 0.5, 0.6)
    head: Answers = {**repeated("abcdef", 0.5, 0.6), "h": ["unscored", "error"], "i": [0.1]}
    found = compared(empty_store, base, head, Rules(max_left_out=0.5, max_unscored=0.5))
    assert [(one.scenario, one.why) for one in found.left_out] == [
        ("caching/g", "only in base"),
        ("caching/h", "no score in head"),
        ("caching/i", "only in head"),
    ]
    assert whole(found).difference == 0
    assert (found.unscored.head.unscored, found.unscored.head.scenarios) == (2, ["caching/h"])


def test_too_much_left_out_is_not_comparable(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abc", GOOD, GOOD), repeated("ab", 0.1, 0.1))
    assert (found.verdict, found.exit_code) == ("not comparable", 4)
    assert found.reasons == ["1 of 3 scenarios cannot be compared (1 only in base); the limit is 20%."]


def test_too_many_faults_are_not_comparable(empty_store: Store) -> None:
    found = compared(empty_store, repeated("ab", GOOD, GOOD), repeated("ab", GOOD, "unscored"))
    assert found.verdict == "not comparable"
    assert "2 of 4 answers of the head have no score" in found.reasons[0]


def test_another_version_is_not_comparable(empty_store: Store) -> None:
    logs = [log("base", {"a": [0.5, 0.5]}), log("head", {"a": [0.9, 0.9]}, version="2-A")]
    found = compare(*sides(empty_store, logs))
    assert (found.verdict, found.on_this_suite) == ("not comparable", None)
    assert (found.left_out[0].why, found.left_out[0].versions.head) == ("another version", "2-A")


def test_another_interface_of_the_same_version_is_comparable(empty_store: Store) -> None:
    logs = [log("base", {"a": [0.5, 0.5]}), log("head", {"a": [0.5, 0.5]}, version="1-B")]
    assert compare(*sides(empty_store, logs)).on_this_suite is not None


def test_a_truncated_answer_is_a_zero_and_fails_its_checks(empty_store: Store) -> None:
    found = compared(empty_store, repeated("abc", GOOD, GOOD, GOOD), repeated("abc", *["truncated"] * 3))
    assert found.verdict == "regression"
    assert whole(found).head == 0
    assert {check.effect.head for check in found.checks} == {0}
    assert {flip.proof.head.status for flip in found.flips} == {"truncated"}


def test_flips_stand_beside_their_own_rate_with_evidence_of_both_sides(empty_store: Store) -> None:
    wavering = [True, True, True, False]
    base = {"a": [GOOD, GOOD, wavering, wavering, GOOD]}
    found = compared(empty_store, base, {"a": [wavering, wavering, POOR, POOR, POOR]})
    (flip,) = found.flips
    assert (flip.check_id, flip.passed.base, flip.passed.head, flip.epochs.head) == ("check_1", 5, 2, 5)
    assert (flip.worse, flip.real, flip.own_flip_rate) == (True, False, pytest.approx(6 / 20))
    assert flip.p_value == pytest.approx(2 * 21 / 252)
    assert flip.proof.base.status == "passed"
    assert flip.proof.head.evidence == ["What came:\nevidence of check_1"]
    assert flip.proof.head.link == "report.html#/sample/head-caching-m-architect-1-A-a-3/check/check_1"


def test_a_check_that_never_passes_again_is_a_real_flip(empty_store: Store) -> None:
    found = compared(empty_store, {"a": [GOOD] * 4}, {"a": [POOR] * 4})
    assert [(flip.check_id, flip.own_flip_rate, flip.real) for flip in found.flips] == [("check_1", 0, True)]
    changed = [check for check in found.checks if check.effect.difference]
    assert [(check.check_id, check.effect.p_value) for check in changed] == [("check_1", pytest.approx(2 / 70))]
    assert changed[0].effect.p_adjusted == pytest.approx(8 / 70)


def test_an_answer_on_both_sides_is_refused(empty_store: Store) -> None:
    empty_store.ingest(log("base", {"a": [0.5]}))
    side = read_side(empty_store, Filters(), "x")
    with pytest.raises(InputError, match="on both sides"):
        compare(side, side)


def test_sides_that_mix_other_models_are_refused(empty_store: Store) -> None:
    logs = [log("base", {"a": [0.5]}), log("base", {"a": [0.5]}, model="n"), log("head", {"a": [0.5]})]
    with pytest.raises(InputError, match="mix models"):
        compare(*sides(empty_store, logs))


def test_the_same_models_on_both_sides_are_compared_each_with_itself(empty_store: Store) -> None:
    logs = [
        log(run, {"a": [score + offset, score - offset]}, model=model)
        for run, offset in (("base", 0.01), ("head", 0.02))
        for model, score in (("strong", 0.9), ("weak", 0.2))
    ]
    found = compare(*sides(empty_store, logs))
    effect = whole(found)
    assert effect.difference == pytest.approx(0, abs=1e-12)
    assert effect.low is not None
    assert effect.low > -0.2
    assert [one.scenario for one in found.measurements] == ["strong caching/a", "weak caching/a"]


def test_an_empty_selection_is_refused(empty_store: Store) -> None:
    with pytest.raises(InputError, match="no answers are selected by 'nothing'"):
        read_side(empty_store, Filters(run_ids=("nothing",)), "nothing")


def test_resources_and_measurements_are_compared(empty_store: Store) -> None:
    answers = repeated("ab", 0.5, 0.6, 0.7, 0.5)
    logs = [log("base", answers), log("head", answers, cost_usd=None, buffers=200)]
    found = compare(*sides(empty_store, logs))
    cost = next(one for one in found.resources if one.name == "cost")
    assert (cost.effect, cost.unknown.base, cost.unknown.head) == (None, 0, 8)
    assert {(one.name, round(one.effect.difference), one.effect.p_value < 0.03) for one in found.measurements} == {
        ("buffers", 100, True)
    }


SCORES = st.floats(0, 1).map(lambda score: round(score, 2))
SCENARIOS = st.dictionaries(
    st.sampled_from("abcde"),
    st.tuples(st.lists(SCORES, min_size=1, max_size=4), st.lists(SCORES, min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
)


def made(store: Store, answers: dict[str, tuple[list[float], list[float]]], tag: str) -> tuple[Side, Side]:
    for index, side in enumerate(("base", "head")):
        store.ingest(log(f"{tag}{side}", {name: both[index] for name, both in answers.items()}))
    return (
        read_side(store, Filters(run_ids=(f"{tag}base",)), "base"),
        read_side(store, Filters(run_ids=(f"{tag}head",)), "head"),
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(answers=SCENARIOS, number=st.integers(0, 2**60), chance=st.randoms(use_true_random=False))
def test_swapping_negates_and_order_and_duplicates_do_not_matter(
    empty_store: Store, answers: dict[str, tuple[list[float], list[float]]], number: int, chance: object
) -> None:
    base, head = made(empty_store, answers, f"{number}")
    straight, swapped = compare(base, head), compare(head, base)
    there, back = whole(straight), whole(swapped)
    assert there.difference == pytest.approx(-back.difference, abs=1e-12)
    assert (there.low, there.high) == pytest.approx(
        (None, None) if back.low is None or back.high is None else (-back.high, -back.low), abs=1e-9
    )
    assert (there.p_value, there.method) == (back.p_value, back.method)
    shuffled = [*base.samples, *base.samples]
    chance.shuffle(shuffled)  # pyright: ignore
    again = compare(Side(base.label, base.store, shuffled, base.checks, base.measurements), head)
    assert again == straight

"""Whole verdicts on answers drawn from one and the same world: regression is said as rarely as is promised."""

from datetime import datetime
from itertools import count

import numpy as np
import pytest
from scipy import stats

from reports.compare.comparison import judge_scores
from reports.compare.matching import Matched, Stratum
from reports.compare.model import Count, Rules, Unscored
from reports.selection import SampleRow

TRIALS = 80
_NUMBERS = count()


def answer(family: str, scenario: str, score: float) -> SampleRow:
    return SampleRow(
        sample_uuid=str(next(_NUMBERS)),
        eval_id="e",
        run_id="r",
        created_at=datetime(2026, 11, 20),
        suite="smoke",
        model="m",
        model_snapshot=None,
        persona_name="p",
        persona_hash="h",
        family=family,
        scenario_id=scenario,
        scenario_version="1-A",
        comparability=1,
        scenario_title=scenario,
        epoch=1,
        outcome="graded",
        reason="",
        score=score,
        solved=score == 1,
        input_tokens=0,
        output_tokens=0,
        total_cost_usd=None,
        generation_s=0,
        grading_s=0,
    )


def matched(chance: np.random.Generator, *, families: int, scenarios: int, epochs: int, drop: float = 0) -> Matched:
    """Answers that are one of three solutions, like replay/mixed; in the last family the head's are worse by `drop`."""
    strata: list[Stratum] = []
    for family in range(families):
        fallen = drop if family == families - 1 else 0.0
        for scenario in range(scenarios):
            names = f"family_{family}", f"scenario_{scenario}"
            base, head = chance.choice([0.4, 0.9, 1.0], (2, epochs))
            strata.append(
                Stratum(
                    ("", "", *names),
                    [answer(*names, float(score)) for score in base],
                    [answer(*names, float(score) - fallen) for score in head],
                )
            )
    nothing = Unscored(answers=1, unscored=0, scenarios=[])
    return Matched(strata, [], Count(base=nothing, head=nothing))


@pytest.mark.parametrize(("families", "scenarios", "epochs"), [(1, 3, 3), (4, 3, 3), (3, 10, 5)])
def test_a_regression_is_said_falsely_in_at_most_five_of_a_hundred(families: int, scenarios: int, epochs: int) -> None:
    chance = np.random.default_rng(17)
    verdicts = [
        judge_scores(matched(chance, families=families, scenarios=scenarios, epochs=epochs), Rules()).verdict
        for _ in range(TRIALS)
    ]
    assert verdicts.count("regression") <= stats.binom.ppf(0.9999, TRIALS, 0.05)


def test_a_family_that_fell_is_found_and_the_others_are_not_blamed() -> None:
    chance = np.random.default_rng(19)
    found = [
        judge_scores(matched(chance, families=4, scenarios=4, epochs=6, drop=0.39), Rules()) for _ in range(TRIALS // 4)
    ]
    assert sum(one.verdict == "regression" for one in found) >= 0.9 * len(found)
    blamed = [family.family for one in found for family in one.families if family.verdict == "regression"]
    assert blamed.count("family_3") >= 0.85 * len(found)
    assert len(blamed) - blamed.count("family_3") <= stats.binom.ppf(0.9999, len(found), 0.05)

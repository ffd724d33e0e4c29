"""What is settled before a run: samples, recordings, prices, and the budget."""

from collections.abc import Generator
from pathlib import Path

import pytest
from inspect_ai.model import ModelOutput, ModelUsage
from inspect_ai.model._model_info import clear_model_info_cache

from evals.budget import Budget, BudgetSpent
from evals.plan import RunOptions, make_plan
from evals.prices import load_prices
from scorers.errors import InputError

CLAUDE = "anthropic/claude-opus-4-7"
PRICES = f"{CLAUDE}: {{input: 5, output: 25, input_cache_write: 6.25, input_cache_read: 0.5}}\n"


@pytest.fixture
def prices(tmp_path: Path) -> Generator[Path]:
    path = tmp_path / "prices.yaml"
    path.write_text(PRICES)
    yield path
    clear_model_info_cache()


def options(root: Path, *models: str, **changes: object) -> RunOptions:
    return RunOptions(**({"roots": (root,), "ids": ("forty_two", "also_42"), "models": models} | changes))  # pyright: ignore[reportArgumentType]


def test_samples_are_counted(root: Path) -> None:
    plan = make_plan(options(root, "replay/reference", "replay/mixed", epochs=3))
    assert plan.samples == 2 * 2 * 3
    assert plan.lines()[0].startswith("12 samples: 2 scenarios, 2 models, 3 epochs")
    assert "replay/mixed: free" in plan.lines()
    assert not plan.pays


def test_an_unknown_price_is_said(root: Path) -> None:
    plan = make_plan(options(root, CLAUDE))
    assert f"{CLAUDE}: price unknown; give --prices" in plan.lines()
    assert plan.pays


def test_a_known_price_bounds_the_cost(root: Path, prices: Path) -> None:
    load_prices(prices)
    plan = make_plan(options(root, CLAUDE, epochs=2, max_tokens=1_000))
    (cost,) = plan.costs
    assert cost.at_most_usd is not None
    output_usd = 4 * 1_000 * 25 / 1e6
    input_bytes = 2 * sum(len((plan.persona.text + scenario.prompt).encode()) + 100 for scenario in plan.scenarios)
    assert cost.at_most_usd == pytest.approx(output_usd + input_bytes * 6.25 / 1e6)
    assert f"{CLAUDE}: at most $0." in plan.lines()[-1]


def test_without_a_limit_of_tokens_the_models_own_counts(root: Path, prices: Path) -> None:
    load_prices(prices)
    (cost,) = make_plan(options(root, CLAUDE)).costs
    assert cost.at_most_usd is not None
    assert cost.at_most_usd > 2 * 128_000 * 25 / 1e6


def test_prices_of_a_model_that_inspect_does_not_know(root: Path, prices: Path) -> None:
    prices.write_text(PRICES.replace(CLAUDE, "openai-api/local/gemma"))
    load_prices(prices)
    (cost,) = make_plan(options(root, "openai-api/local/gemma")).costs
    assert (cost.at_most_usd, cost.why_unknown) == (None, "longest answer unknown; give --max-tokens")


@pytest.mark.parametrize("content", ["a: {input: x}", "- 1", "{"])
def test_a_malformed_price_file_is_named(prices: Path, content: str) -> None:
    prices.write_text(content)
    with pytest.raises(InputError, match=r"prices.*prices\.yaml"):
        load_prices(prices)


def test_a_cost_limit_needs_prices(root: Path) -> None:
    with pytest.raises(InputError, match=r"--cost-limit cannot be kept for 'anthropic/claude-opus-4-7': price unknown"):
        make_plan(options(root, CLAUDE, cost_limit_usd=1.0))
    assert make_plan(options(root, "replay/naive", cost_limit_usd=1.0)).samples == 2


def test_a_model_twice_is_an_error(root: Path) -> None:
    with pytest.raises(InputError, match=r"named twice.*--epochs"):
        make_plan(options(root, "replay/naive", "replay/naive"))


def test_missing_recordings_are_all_named(root: Path) -> None:
    with pytest.raises(InputError, match=r"(?s)'replay/best' has no recording for scenario 'also_42'.*'forty_two'"):
        make_plan(options(root, "replay/best"))


def answer(cost_usd: float | None) -> ModelOutput:
    output = ModelOutput.from_content("m", "text")
    output.usage = ModelUsage(total_cost=cost_usd)
    return output


def test_a_spent_budget_asks_no_more() -> None:
    budget = Budget()
    budget.start(1.0, spent_usd=0.5)
    budget.check()
    budget.spend(answer(0.25))
    budget.spend(answer(None))
    budget.check()
    budget.spend(answer(0.25))
    with pytest.raises(BudgetSpent, match=r"\$1\.0000 of \$1\.0000; raise --cost-limit and resume"):
        budget.check()
    budget.start(None)
    budget.check()

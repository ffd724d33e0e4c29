"""The replay models: what they play, by prompt, epoch and seed, and what they say when they cannot."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from inspect_ai.model import ChatMessage, ChatMessageSystem, ChatMessageUser, ModelOutput, get_model

from evals.datasets import load_scenarios
from evals.recordings import solution_for
from evals.replay import BYTES_PER_TOKEN, ReplayAPI
from scorers.errors import InputError
from tests.evals.conftest import Evaluate
from tests.evals.world import SOLUTIONS, make_root, scenario_in


def ask(model_name: str, prompt: str, **model_args: Any) -> ModelOutput:
    model = get_model(f"replay/{model_name}", memoize=False, **model_args)
    messages: list[ChatMessage] = [ChatMessageSystem(content="You are an architect."), ChatMessageUser(content=prompt)]
    return anyio.run(lambda: model.generate(messages))


def test_inspect_finds_the_provider() -> None:
    assert isinstance(get_model("replay/reference", memoize=False).api, ReplayAPI)


@pytest.mark.parametrize(
    ("name", "solution"), [("reference", "reference"), ("naive", "naive"), ("alternate", "by_addition")]
)
def test_it_plays_the_solution(root: Path, name: str, solution: str) -> None:
    output = ask(name, scenario_in(root, "forty_two").prompt, datasets=str(root))
    assert output.completion == f"```sql path=answer.sql\n{SOLUTIONS[solution]}```\n"
    assert output.metadata == {"scenario": "forty_two", "scenario_version": "3-B", "solution": solution}
    assert output.stop_reason == "stop"


def test_usage_counts_bytes(root: Path) -> None:
    prompt = scenario_in(root, "forty_two").prompt
    usage = ask("reference", prompt, datasets=[str(root)]).usage
    assert usage is not None
    size = len("You are an architect.") + len(prompt.strip())
    assert size / BYTES_PER_TOKEN <= usage.input_tokens <= size / BYTES_PER_TOKEN + 2
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens


def test_white_space_round_the_prompt_does_not_matter(root: Path) -> None:
    assert ask("naive", f"\n{scenario_in(root, 'also_42').prompt}\n\n", datasets=str(root)).metadata is not None


def test_shipped_scenarios_are_known() -> None:
    shipped = load_scenarios()[0]
    output = ask("reference", shipped.prompt)
    assert output.metadata == {"scenario": shipped.id, "scenario_version": shipped.version, "solution": "reference"}


def test_an_unknown_prompt_is_named(root: Path) -> None:
    with pytest.raises(
        InputError, match=r"'replay/reference' knows no scenario .*Write a poem.*recordings for \[.*-M datasets"
    ):
        ask("reference", "Write a poem.")


def test_a_missing_recording_is_named(root: Path) -> None:
    with pytest.raises(
        InputError, match=r"'replay/best' has no recording for scenario 'forty_two'.*replay/by_addition"
    ):
        ask("best", scenario_in(root, "forty_two").prompt, datasets=str(root))


def test_a_scenario_without_alternates_has_no_alternate(tmp_path: Path) -> None:
    scenario = scenario_in(make_root(tmp_path / "one", "lonely"), "lonely")
    for name in ("by_addition",):
        (scenario.folder / "solutions" / name / "answer.sql").unlink()
        (scenario.folder / "solutions" / name).rmdir()
    with pytest.raises(InputError, match=r"'replay/alternate' has no recording"):
        solution_for(scenario, "alternate", seed=0, epoch=1)


def test_mixed_draws_by_seed_and_epoch(root: Path) -> None:
    scenario = scenario_in(root, "forty_two")

    def draws(seed: int) -> list[str]:
        return [solution_for(scenario, "mixed", seed=seed, epoch=epoch) for epoch in range(1, 40)]

    assert draws(0) == draws(0)
    assert draws(0) != draws(1)
    assert set(draws(0)) == set(SOLUTIONS)


def test_mixed_differs_between_epochs_of_one_run(evaluate: Evaluate, root: Path) -> None:
    log = evaluate("replay/mixed", epochs=6)
    scenario = scenario_in(root, "forty_two")
    played = {sample.epoch: (sample.output.metadata or {})["solution"] for sample in log.samples or []}
    assert played == {epoch: solution_for(scenario, "mixed", seed=0, epoch=epoch) for epoch in range(1, 7)}
    assert len(set(played.values())) > 1

"""The model provider `replay`: plays back solutions that ship with the scenarios, without key or network.

`replay/<solution>` answers a scenario's prompt with that solution, in the text form that any model uses. Which scenario
is asked is found by the prompt's text, among the shipped scenarios, those of the task's roots, and those in
the model argument `datasets`. `replay/mixed` draws a solution per epoch; the model argument `seed` (0 by default)
chooses other draws. A provider is told neither epoch nor roots, so the task's solver notes them in the sample's store.
"""

import hashlib
from pathlib import Path

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    GenerateConfig,
    ModelAPI,
    ModelCall,
    ModelOutput,
    ModelUsage,
)
from inspect_ai.tool import ToolChoice, ToolInfo
from inspect_ai.util import store

from evals.answers.render import render_answer
from evals.datasets import load_scenarios
from evals.places import user_path
from evals.recordings import solution_for
from scorers.errors import InputError
from scorers.scenario import Scenario

EPOCH_KEY = "archeval:epoch"
ROOTS_KEY = "archeval:roots"
"""Where in a sample's store its epoch is noted, and the roots of scenarios beside those shipped."""

BYTES_PER_TOKEN = 4
"""There is no tokenizer here: usage is counted as one token per four bytes, rounded up."""


class ReplayAPI(ModelAPI):
    """A model that plays back the solution named like it."""

    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008  (Inspect's signature)
        seed: int = 0,
        datasets: str | list[str] | None = None,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self.seed = int(seed)
        self.roots = [user_path(root) for root in ([datasets] if isinstance(datasets, str) else datasets or [])]
        self._by_prompt: dict[frozenset[Path], dict[str, Scenario]] = {}

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002  (Inspect's signature)
        tools: list[ToolInfo],  # noqa: ARG002
        tool_choice: ToolChoice,  # noqa: ARG002
        config: GenerateConfig,  # noqa: ARG002
    ) -> tuple[ModelOutput, ModelCall]:
        """Answer with the solution. Raises InputError when there is no recording."""
        prompt = next((message.text for message in reversed(input) if message.role == "user"), "")
        scenario = self._scenario(prompt)
        solution = solution_for(scenario, self.model_name, seed=self.seed, epoch=int(store().get(EPOCH_KEY, 1)))
        text = render_answer(scenario.solution(solution))
        played = {"scenario": scenario.id, "scenario_version": scenario.version, "solution": solution}
        answer = ChatMessageAssistant(content=text, model=self.model_name)
        output = ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=answer, stop_reason="stop")],
            usage=_usage("".join(message.text for message in input), text),
            metadata=played,
        )
        return output, ModelCall.create({"model": self.model_name, "seed": self.seed}, played)

    async def count_text_tokens(self, text: str) -> int:
        """Count as `usage` does; Inspect's default would load a tokenizer's data from the network."""
        return _tokens(text)

    def _scenario(self, prompt: str) -> Scenario:
        roots = frozenset([*self.roots, *(Path(root) for root in store().get(ROOTS_KEY, []))])
        if roots not in self._by_prompt:
            self._by_prompt[roots] = {_key(scenario.prompt): scenario for scenario in load_scenarios(sorted(roots))}
        scenario = self._by_prompt[roots].get(_key(prompt))
        if scenario is None:
            known = sorted(scenario.id for scenario in self._by_prompt[roots].values())
            raise InputError(
                f"model 'replay/{self.model_name}' knows no scenario with this prompt ({prompt[:60]!r}…); it has "
                f"recordings for {known}; for scenarios elsewhere give `-M datasets=DIR`"
            )
        return scenario


def _key(prompt: str) -> str:
    return hashlib.sha256(prompt.strip().encode()).hexdigest()


def _tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def _usage(asked: str, answered: str) -> ModelUsage:
    asked_tokens, answered_tokens = _tokens(asked), _tokens(answered)
    return ModelUsage(
        input_tokens=asked_tokens, output_tokens=answered_tokens, total_tokens=asked_tokens + answered_tokens
    )

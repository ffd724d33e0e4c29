"""The solver of all families: the persona as system prompt, the scenario's prompt as user turn, one generation."""

from inspect_ai.model import ChatMessageSystem
from inspect_ai.solver import Generate, Solver, TaskState, solver

from evals.budget import BUDGET
from evals.handed_in import HandedIn
from evals.replay import EPOCH_KEY, ROOTS_KEY


@solver
def architect(system_prompt: str, datasets: list[str]) -> Solver:
    """Ask once and keep what is handed in.

    `system_prompt` is sent as it stands (Inspect's own system_message would read braces as a template); it is an
    argument so that the log states it, and so that a run is not resumed with another persona. `datasets` are roots of scenarios
    beside those shipped, for replay models.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        state.store.set(EPOCH_KEY, state.epoch)
        state.store.set(ROOTS_KEY, datasets)
        if system_prompt:
            state.messages.insert(0, ChatMessageSystem(content=system_prompt))
        BUDGET.check()
        state = await generate(state)
        BUDGET.spend(state.output)
        state.store_as(HandedIn).take(state.output)
        return state

    return solve

"""What the model handed in, kept in the sample's store, so that a log can be graded again without model or sandbox."""

from inspect_ai.model import ModelOutput
from inspect_ai.util import StoreModel
from pydantic import Field

from evals.answers.outcome import AnswerOutcome, classify
from evals.answers.parse import parse_answer, unplaced_text


class HandedIn(StoreModel):
    """The files of one answer, and what became of the answer. `answered` is false until there is one."""

    answered: bool = False
    outcome: AnswerOutcome = "empty"
    reason: str = ""
    files: dict[str, str] = Field(default_factory=dict)
    unplaced: str = ""
    problems: list[str] = Field(default_factory=list)

    def take(self, output: ModelOutput) -> None:
        """Parse and classify the model's answer."""
        parsed = parse_answer(output.completion)
        stop_reason = output.choices[0].stop_reason if output.choices else "unknown"
        classified = classify(output.completion, stop_reason, parsed)
        self.outcome = classified.outcome
        self.reason = classified.reason
        self.files = parsed.files
        self.unplaced = unplaced_text(parsed.unplaced)
        self.problems = parsed.problems
        self.answered = True

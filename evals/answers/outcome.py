"""What became of an answer before any grading: complete, cut off, refused, empty, or without a single file."""

import re
from dataclasses import dataclass
from typing import Literal

from evals.answers.parse import ParsedAnswer

AnswerOutcome = Literal["ok", "truncated", "refused", "empty", "unparsable"]

TRUNCATED_STOPS = frozenset({"max_tokens", "model_length"})
REFUSED_STOPS = frozenset({"content_filter", "refusal"})

_LONGEST_REFUSAL = 1_500
_OPENS_AS_REFUSAL = re.compile(
    r"^\W*(?:(?:i['’]?m|i am|we['’]?re|we are)\s+(?:very |really |so )?(?:sorry|afraid)|sorry|apologies|i apologi[sz]e|"  # noqa: RUF001
    r"unfortunately|i\s+(?:can(?:no|['’])t|cannot|won['’]?t|will not|must|have to)|"  # noqa: RUF001
    r"(?:i['’]?m|i am)\s+(?:unable|not able)|as an ai)",  # noqa: RUF001
    re.IGNORECASE,
)
_DECLINES = re.compile(
    r"(?:can(?:no|['’])t|cannot|can not|unable to|not able to|won['’]?t|will not|must decline|have to decline|decline to|"  # noqa: RUF001
    r"not (?:comfortable|willing))",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Classified:
    """The outcome and, unless it is `ok`, the reason in one sentence."""

    outcome: AnswerOutcome
    reason: str = ""


def classify(completion: str, stop_reason: str, parsed: ParsedAnswer) -> Classified:
    """Say what the answer is.

    An answer that the model did not finish counts as truncated and scores 0 even if some of its files are complete:
    what a caller cannot use as it stands is no answer, and a lucky cut must not beat a complete one.
    """
    if stop_reason in TRUNCATED_STOPS:
        limit = "the token limit" if stop_reason == "max_tokens" else "the model's context length"
        return Classified("truncated", f"the answer was cut off at {limit} (stop reason {stop_reason})")
    if stop_reason in REFUSED_STOPS:
        return Classified("refused", f"the model or its provider refused (stop reason {stop_reason})")
    if not completion.strip():
        return Classified("empty", "the answer is empty")
    if parsed.files:
        return Classified("ok")
    if reads_as_refusal(completion):
        return Classified("refused", "the answer hands in no file and declines the work")
    detail = "; ".join(parsed.problems) or f"{len(parsed.unplaced)} fenced blocks, none of them with a path"
    return Classified("unparsable", f"no file could be taken from the answer: {detail}")


def reads_as_refusal(text: str) -> bool:
    """Whether a text without files declines the work. Conservative: short, no fences, and it says so at its start."""
    stripped = text.strip()
    if len(stripped) > _LONGEST_REFUSAL or "```" in stripped:
        return False
    return bool(_OPENS_AS_REFUSAL.match(stripped)) and bool(_DECLINES.search(stripped[:400]))

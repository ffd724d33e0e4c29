"""The persona under test: the system prompt, and what identifies it."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from evals.datasets import shipped_root
from evals.places import user_path
from scorers.errors import InputError

DEFAULT = "default"
NONE = "none"

_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True)
class Persona:
    """A persona as it is sent. `text` is empty when there is no system prompt."""

    name: str
    text: str

    @property
    def hash(self) -> str:
        """SHA-256 over what is sent, as hex. Two files that differ in comments only are one persona."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def load_persona(choice: str | Path = DEFAULT) -> Persona:
    """Load the persona `choice`: `default`, `none` (no system prompt), or a Markdown file.

    HTML comments are not sent: the shipped file begins with a canary against training on it. Raises InputError when the
    file cannot be read or nothing of it would be sent.
    """
    if choice == NONE:
        return Persona(NONE, "")
    path = shipped_root() / "persona" / "backend_architect.md" if choice == DEFAULT else user_path(choice)
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read the persona {str(path)!r}: {error}; name a Markdown file, or 'none'") from error
    text = _HTML_COMMENT.sub("", content).strip()
    if not text:
        raise InputError(f"the persona {str(path)!r} is empty; use 'none' to evaluate without a system prompt")
    return Persona(path.stem, text + "\n")

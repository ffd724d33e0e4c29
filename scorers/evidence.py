"""Evidence: the text that lets a reader see why a check came out as it did.

Evidence is built from what hostile code printed, so it is cleaned once, here, on its way in: control characters
become visible escapes, what looks like a secret is masked, and the size is capped.
"""

import re
import unicodedata
from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator

EVIDENCE_LIMIT_BYTES = 8 * 1024
"""Cap on all the evidence of one check result together, in UTF-8 bytes."""

EvidenceKind = Literal["text", "sql", "diff", "plan", "table", "log"]

_SECRETS = (
    re.compile(
        r"(?i)\b(password|passwd|pwd|secret|api[_-]?key|access[_-]?token)(\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;]+)"
    ),
    re.compile(r"(?i)(\bpassword)(\s+)('[^']*')"),
    re.compile(r"()((?:postgres(?:ql)?|redis|valkey|amqp)://[^:/\s]+:)([^@\s]+)(?=@)"),
    re.compile(r"()()(SCRAM-SHA-256\$[^\s']+)"),
    re.compile(r"()()(\bsk-[A-Za-z0-9_-]{16,})"),
)


class Evidence(BaseModel):
    """One titled piece of evidence; `body` is plain text, cleaned, never markup."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    body: str
    kind: EvidenceKind = "text"

    @field_validator("title", "body")
    @classmethod
    def _clean(cls, value: str) -> str:
        return clean(value)


def clean(text: str) -> str:
    """Return `text` with secrets masked and control characters (ANSI escapes, NUL, bidi overrides) made visible."""
    for pattern in _SECRETS:
        text = pattern.sub(lambda match: f"{match.group(1)}{match.group(2)}[masked]", text)
    return "".join(character if _printable(character) else _escaped(character) for character in text)


def cap(evidence: list[Evidence], limit_bytes: int = EVIDENCE_LIMIT_BYTES) -> list[Evidence]:
    """Return `evidence` cut to `limit_bytes` in all, in order; what is cut says so."""
    kept: list[Evidence] = []
    left = limit_bytes
    for item in evidence:
        size = len(item.title.encode()) + len(item.body.encode())
        if size <= left:
            kept.append(item)
            left -= size
            continue
        note = "\n… cut: the evidence is larger than its cap"
        room = left - len(item.title.encode()) - len(note.encode())
        if room > 0:
            body = item.body.encode()[:room].decode(errors="ignore")
            kept.append(item.model_copy(update={"body": body + note}))
        break
    return kept


def _printable(character: str) -> bool:
    if character in "\n\t":
        return True
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _escaped(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 0x100 else f"\\u{ord(character):04x}"

"""Where an answer says which file a block is: in the info string, in the line before, or in the first comment."""

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from scorers.submission import check_path


@dataclass(frozen=True)
class Claim:
    """A path that the answer states for a block, as it stands there. A claim that is not `sure` yields to one that is."""

    path: str
    sure: bool
    comment: str = ""
    """The marker of the comment that it was found in."""


_PRODUCTS = frozenset({"node.js", "next.js", "vue.js", "nuxt.js", "express.js", "asp.net", "vb.net", "socket.io"})
_BARE_NAMES = frozenset({"Dockerfile", "Makefile", "Procfile", "Justfile", "LICENSE", "README", "CHANGELOG", "DESIGN"})
_PATH = re.compile(r"(?:\.{0,2}/)*[\w@.+-]+(?:/[\w@.+-]+)*")
_SUFFIX = re.compile(r"\.[A-Za-z][A-Za-z0-9]{0,9}$")
_VALUE = r"(?P<quoted>\"(?:[^\"\\]|\\.)*\"|'[^']*'|`[^`]*`)|(?P<bare>[^\s,;}]+)"
_KEY = re.compile(
    rf"(?:^|[\s{{,;:])(?:path|file[_-]?path|file[_-]?name|file|title|name)\s*[=:]\s*(?:{_VALUE})", re.IGNORECASE
)
_LABEL = r"(?:(?:file|filename|file\s?name|path|filepath|create|update|add|new file)\s*(?:\d+\s*)?[:=-]?\s+|\w+\s+\d+\s*[:.]\s+)"
_MARKERS = re.compile(r"^(?:\s|>|[-*+]\s|\(?\d+[.)]\s|#{1,6}\s|[^\x00-\x7f]+:?\s)*")
_TAGS = re.compile(r"</?(?:summary|details|b|strong|code|p|h[1-6])>")
_QUOTED_PATH = re.compile(r"`([^`]+)`|\*\*([^*`]+)\*\*|__([^_`]+)__|\"([^\"]+)\"")
_COMMENT = re.compile(r"^\s*(?P<marker>--|//|#|;|/\*+|<!--)\s*(?P<body>.*?)\s*(?:\*+/|-->)?\s*$")

_COMMENTS_OF_SUFFIX = {
    ".sql": ("--", "/*"),
    ".py": ("#",),
    ".sh": ("#",),
    ".yaml": ("#",),
    ".yml": ("#",),
    ".toml": ("#",),
    ".ini": ("#", ";"),
    ".md": ("<!--", "#"),
    ".html": ("<!--",),
    ".xml": ("<!--",),
    ".graphql": ("#",),
    ".tf": ("#", "//", "/*"),
    ".js": ("//", "/*"),
    ".ts": ("//", "/*"),
    ".go": ("//", "/*"),
    ".java": ("//", "/*"),
    ".rs": ("//", "/*"),
    ".proto": ("//", "/*"),
    ".css": ("/*",),
}


LONGEST_LINE = 500
"""Longer lines name no file. It bounds what the regular expressions below can be made to do."""


def claim_of_info(info: str) -> Claim | None:
    """Return the path that an info string carries: `sql path=a/b.sql`, `sql:a/b.sql`, `sql a/b.sql`, `a/b.sql`."""
    if len(info) > LONGEST_LINE:
        return None
    match = _KEY.search(info)
    if match:
        return Claim(_unquoted(match["quoted"]) if match["quoted"] else match["bare"], sure=True)
    for word in info.replace("{", " ").replace("}", " ").split():
        candidate = word.strip("\"'()[],")
        prefix, colon, rest = candidate.partition(":")
        if colon and re.fullmatch(r"[A-Za-z]+", prefix) and looks_like_path(rest):
            return Claim(rest, sure=True)
        if looks_like_path(candidate) and not candidate.startswith("."):
            return Claim(candidate, sure=True)
    return None


def claim_of_lead(line: str) -> Claim | None:
    """Return the path that the line before a block names.

    Sure when the line holds nothing else (headings, list markers, numbers, emphasis and a label such as `File:`
    aside); not sure when it is a sentence or heading round one quoted path.
    """
    if len(line) > LONGEST_LINE:
        return None
    line = _TAGS.sub("", line)
    body = _MARKERS.sub("", line).strip()
    bare = _stripped(_MARKERS.sub("", _stripped(body)))
    bare = _stripped(re.sub(rf"^{_LABEL}", "", bare, flags=re.IGNORECASE))
    without_note = _stripped(re.sub(r"\s+(?:\([^()]*\)|[-–—:]\s.*)$", "", bare))  # noqa: RUF001 (dashes models write)
    for candidate in (bare, without_note):
        if looks_like_path(candidate):
            return Claim(candidate, sure=True)
    quoted = [match[match.lastindex or 0] for match in _QUOTED_PATH.finditer(line)]
    paths = {path for text in quoted if looks_like_path(path := _stripped(text))}
    introduces = body.endswith(":") or body != line.strip() or body.startswith("**")
    return Claim(paths.pop(), sure=False) if len(paths) == 1 and introduces else None


def claim_of_comment(text: str) -> Claim | None:
    """Return the path that the first line of `text` is a comment about, if the comment says nothing else."""
    first = text.split("\n", 1)[0].rstrip("\r")
    match = _COMMENT.match(first) if len(first) <= LONGEST_LINE else None
    if match is None:
        return None
    body = re.sub(rf"^{_LABEL}", "", _stripped(match["body"]), flags=re.IGNORECASE)
    candidate = _stripped(body)
    if not looks_like_path(candidate):
        return None
    return Claim(candidate, sure=True, comment="/*" if match["marker"].startswith("/*") else match["marker"])


def without_path_comment(text: str, claim: Claim) -> str:
    """Return `text` without the comment that names its path, where the file's format has no such comments."""
    suffix = PurePosixPath(claim.path).suffix.lower()
    if not claim.comment or claim.comment in _COMMENTS_OF_SUFFIX.get(suffix, ()):
        return text
    return text.split("\n", 1)[1] if "\n" in text else ""


def looks_like_path(text: str) -> bool:
    """Whether `text` can only be meant as a path: it has a folder or a file's suffix, or is a well-known file name."""
    if not _PATH.fullmatch(text) or text.lower() in _PRODUCTS:
        return False
    name = text.rsplit("/", 1)[-1]
    if name in _BARE_NAMES or _SUFFIX.search(name):
        return bool(re.search(r"[A-Za-z]", name.split(".")[0])) or name[:1].isdigit() or name.startswith(".")
    return "/" in text and bool(name) and not text.endswith("/") and text.count("/") < 10 and not _is_ratio(text)


def normal_path(path: str) -> str:
    """Return `path` without a leading `./`. Raises ValueError unless it stays inside the submission's folder."""
    while path.startswith("./"):
        path = path[2:]
    check_path(path)
    return path


def _is_ratio(text: str) -> bool:
    """Words joined by a slash, such as `up/down` or `n/a`, are no paths: no part has a suffix, digit or underscore."""
    return not re.search(r"[\d_.]", text)


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        try:
            return str(json.loads(value))
        except ValueError:
            return value[1:-1]
    return value[1:-1]


def _stripped(text: str) -> str:
    """Return `text` without the emphasis, quotes, brackets and punctuation round it."""
    previous = None
    while previous != text:
        previous = text
        text = text.strip().strip("*`\"'").removesuffix(":").removesuffix(",")
        if text.startswith("[") and text.endswith("]"):
            text = text[1:-1]
    return text

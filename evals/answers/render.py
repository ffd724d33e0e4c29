"""A submission as the text of an answer, in the form that the prompts ask for."""

import json
import re
from pathlib import PurePosixPath

from scorers.submission import Submission

_LANGUAGES = {
    ".sql": "sql",
    ".md": "markdown",
    ".py": "python",
    ".yaml": "yaml",
    ".yml": "yaml",
    ".json": "json",
    ".toml": "toml",
    ".sh": "bash",
    ".go": "go",
    ".ts": "typescript",
    ".js": "javascript",
    ".proto": "protobuf",
    ".graphql": "graphql",
}
_PLAIN = re.compile(r"[A-Za-z0-9_@.+/-]+")
_LEAST_FENCE = 3


def render_answer(submission: Submission) -> str:
    """Return an answer that `parse_answer` reads back as `submission`.

    A file that is not empty and lacks a final newline gets one: a fenced block cannot say otherwise.
    """
    return "\n".join(_block(path, text) for path, text in submission.files.items())


def _block(path: str, text: str) -> str:
    mark = "~" if "`" in path else "`"
    runs = [len(run) for run in re.findall(f"{mark}+", text)]
    fence = mark * max(_LEAST_FENCE, *(length + 1 for length in runs), 0)
    language = _LANGUAGES.get(PurePosixPath(path).suffix.lower(), "text")
    stated = path if _PLAIN.fullmatch(path) else json.dumps(path, ensure_ascii=False)
    end = "" if not text or text.endswith("\n") else "\n"
    return f"{fence}{language} path={stated}\n{text}{end}{fence}\n"

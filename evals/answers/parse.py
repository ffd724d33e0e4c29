"""The answer parser: a model's text becomes files, what could not be placed, and what was odd about it."""

from pydantic import BaseModel, ConfigDict, ValidationError

from evals.answers.blocks import Block, find_blocks
from evals.answers.paths import Claim, claim_of_comment, normal_path, without_path_comment
from scorers.submission import Submission

EXCERPT_CHARACTERS = 2_000
_MAX_NOTES = 50
_MAX_LINES_NAMED = 5
_DIFFS = frozenset({"diff", "patch", "udiff"})


class Unplaced(BaseModel):
    """A block that became no file: where it begins (line, from 1), why, and the beginning of its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    why: str
    text: str


class ParsedAnswer(BaseModel):
    """What an answer holds. `files` is a valid submission's; the texts of the rest are excerpts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: dict[str, str] = {}
    unplaced: list[Unplaced] = []
    problems: list[str] = []

    @property
    def submission(self) -> Submission:
        """The files as a submission."""
        return Submission(files=self.files)


class _Found(BaseModel):
    """A file before conflicts between several of one path are settled."""

    line: int
    text: str
    closed: bool
    sure: bool


def parse_answer(answer: str) -> ParsedAnswer:
    """Find the files in `answer`.

    A file is a fenced block with a path: in its info string, else in the line before, else in its first comment. A
    block without a path is never guessed at. Of several blocks for one path the last complete one counts. Nothing
    raises: what is wrong is said in `unplaced` and `problems`.
    """
    return _Parse().run(answer)


class _Parse:
    def __init__(self) -> None:
        self.found: dict[str, list[_Found]] = {}
        self.unplaced: list[Unplaced] = []
        self.problems: list[str] = []

    def run(self, answer: str) -> ParsedAnswer:
        self._take(answer, 0)
        files = {path: self._settled(path, found) for path, found in self.found.items()}
        try:
            files = Submission(files=files).files
        except ValueError as error:
            self.problems.append(f"the files together are no submission: {_first_message(error)}")
            files = {}
        problems = self.problems[:_MAX_NOTES]
        if len(self.unplaced) > _MAX_NOTES or len(self.problems) > _MAX_NOTES:
            problems.append(
                f"{len(self.unplaced)} blocks without a place and {len(self.problems)} problems in all; the first "
                f"{_MAX_NOTES} of each are kept"
            )
        return ParsedAnswer(files=files, unplaced=self.unplaced[:_MAX_NOTES], problems=problems)

    def _take(self, answer: str, line_offset: int) -> None:
        for block in find_blocks(answer):
            line = block.line + line_offset
            claim = _claim(block)
            if claim is None:
                self._without_path(block, line)
            elif (block.language in _DIFFS or _is_diff(block.text)) and not claim.path.endswith((".diff", ".patch")):
                self._leave(block, line, f"a diff for {claim.path!r}; only whole files are taken")
            else:
                self._place(block, line, claim)

    def _without_path(self, block: Block, line: int) -> None:
        """Look into a block without a path: the whole answer may stand in one."""
        if block.language in {"", "md", "markdown", "text"} and any(_claim(inner) for inner in find_blocks(block.text)):
            self._take(block.text, line)
        elif block.text.strip():
            self._leave(block, line, "no path")

    def _place(self, block: Block, line: int, claim: Claim) -> None:
        try:
            path = normal_path(claim.path)
            text = Submission(files={path: without_path_comment(block.text, claim)}).files[path]
        except ValueError as error:
            self.problems.append(f"line {line}: {_first_message(error)}; not taken")
            self._leave(block, line, "its path or text cannot be")
            return
        self.found.setdefault(path, []).append(_Found(line=line, text=text, closed=block.closed, sure=claim.sure))

    def _leave(self, block: Block, line: int, why: str) -> None:
        text = block.text.encode(errors="backslashreplace").decode()[:EXCERPT_CHARACTERS].replace("\x00", "\\x00")
        self.unplaced.append(Unplaced(line=line, why=why, text=text))

    def _settled(self, path: str, found: list[_Found]) -> str:
        """Choose among the blocks for one path: sure before unsure, complete before incomplete, later before earlier."""
        best = max(found, key=lambda file: (file.sure, file.closed, file.line))
        if len(found) > 1:
            lines = ", ".join(str(file.line) for file in found[:_MAX_LINES_NAMED])
            lines += ", …" if len(found) > _MAX_LINES_NAMED else ""
            self.problems.append(f"{path!r} is there {len(found)} times (lines {lines}); taken from line {best.line}")
        if not best.closed:
            self.problems.append(f"{path!r} (line {best.line}) has no closing fence")
        return best.text


def _claim(block: Block) -> Claim | None:
    """The block's path: what stands outside of it goes first, unless that is only a guess."""
    if block.claim is not None and block.claim.sure:
        return block.claim
    return claim_of_comment(block.text) or block.claim


def _is_diff(text: str) -> bool:
    lines = [line for line in text.split("\n") if line.strip()][:6]
    return any(line.startswith("@@ ") for line in lines) and any(line.startswith(("--- ", "+++ ")) for line in lines)


def unplaced_text(unplaced: list[Unplaced]) -> str:
    """Say for a reader what was not placed."""
    return "\n\n".join(f"line {item.line}: {item.why}\n{item.text}" for item in unplaced)


def _first_message(error: ValueError) -> str:
    """The cause, without pydantic's frame round it."""
    return str(error.errors()[0]["msg"]) if isinstance(error, ValidationError) else str(error)

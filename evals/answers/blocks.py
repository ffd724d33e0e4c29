"""Fenced blocks in a model's answer, found the way CommonMark finds them, with the mistakes models make allowed for.

Two things differ from CommonMark. A Markdown file may itself hold fences of the same length as the one it stands in;
its end is found by pairing them. And a block that was never closed ends where the next file begins.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from evals.answers.paths import Claim, claim_of_info, claim_of_lead

_FENCE = re.compile(r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})(?P<info>.*)$")
_MARKDOWN = re.compile(r"^(md|mdx|markdown)$", re.IGNORECASE)
_LOOK_BACK_LINES = 2


@dataclass(frozen=True)
class Block:
    """One fenced block. `line` is its opening fence's number, from 1."""

    line: int
    info: str
    text: str
    closed: bool
    claim: Claim | None
    """The path that its info string or the line before it states."""

    @property
    def language(self) -> str:
        """The first word of the info string, in lower case, if it is no path."""
        words = self.info.replace("{", " ").replace("}", " ").split()
        word = words[0].lstrip(".").lower() if words else ""
        return word if re.fullmatch(r"[a-z][a-z0-9+#_-]*", word) else ""


@dataclass(frozen=True)
class _Fence:
    index: int
    indent: str
    mark: str
    info: str

    def may_close(self, opener: "_Fence") -> bool:
        same = self.mark[0] == opener.mark[0] and len(self.mark) >= len(opener.mark)
        return same and not self.info

    def may_nest_in(self, opener: "_Fence") -> bool:
        return bool(self.info) and self.mark[0] == opener.mark[0] and len(self.mark) >= len(opener.mark)


def find_blocks(answer: str) -> list[Block]:
    """Return the fenced blocks of `answer` in order."""
    return list(_Scan(answer.split("\n")).blocks())


class _Scan:
    """The lines of one answer, and the fences among them."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.fences = [fence for index, line in enumerate(lines) if (fence := _fence(index, line))]

    def blocks(self) -> Iterator[Block]:
        position = 0
        after = 0  # the first line behind the last block: no line before it says anything about the next one
        while position < len(self.fences):
            opener = self.fences[position]
            claim = claim_of_info(opener.info) or self._lead(opener, after)
            end, closed = self._end(position, claim)
            yield self._block(opener, claim, end, closed=closed)
            after = end + 1 if closed else end
            position = next((n for n in range(position + 1, len(self.fences)) if self.fences[n].index >= after), -1)
            if position < 0:
                return

    def _lead(self, opener: _Fence, after: int) -> Claim | None:
        first = max(after, opener.index - _LOOK_BACK_LINES)
        for index in range(opener.index - 1, first - 1, -1):
            if self.lines[index].strip():
                return claim_of_lead(self.lines[index].rstrip("\r"))
        return None

    def _begins_file(self, fence: _Fence) -> bool:
        if claim_of_info(fence.info) is not None:
            return True
        claim = self._lead(fence, 0)
        return claim is not None and claim.sure

    def _end(self, position: int, claim: Claim | None) -> tuple[int, bool]:
        """Return the line index where the block ends, and whether a closing fence stands there."""
        opener = self.fences[position]
        is_markdown = _is_markdown(opener.info, claim)
        candidates: list[_Fence] = []
        open_nested = 0
        limit = len(self.lines)
        for number in range(position + 1, len(self.fences)):
            fence = self.fences[number]
            if candidates and claim_of_info(fence.info) is not None:
                break
            if fence.mark[0] != opener.mark[0] or len(fence.mark) < len(opener.mark):
                continue
            if fence.may_close(opener):
                if open_nested:
                    open_nested -= 1
                    continue
                if not is_markdown:
                    return fence.index, True
                if candidates and self._begins_file(fence):
                    break
                candidates.append(fence)
            elif self._begins_file(fence):
                if not candidates:
                    limit = self._before_lead(fence)
                break
            elif is_markdown and fence.may_nest_in(opener):
                open_nested += 1
        if not candidates:
            return limit, False
        # An odd number of bare fences: pairs of them are blocks inside the file, and the last one ends it.
        return candidates[-1 if len(candidates) % 2 else 0].index, True

    def _before_lead(self, fence: _Fence) -> int:
        """Return where the line that names the next file stands, if there is one, else where its fence does."""
        if claim_of_info(fence.info) is None:
            for index in range(fence.index - 1, fence.index - 1 - _LOOK_BACK_LINES, -1):
                if self.lines[index].strip():
                    return index
        return fence.index

    def _block(self, opener: _Fence, claim: Claim | None, end: int, *, closed: bool) -> Block:
        lines = self.lines[opener.index + 1 : end]
        if not closed and lines and not lines[-1]:
            lines = lines[:-1]
        if self.lines[opener.index].endswith("\r"):
            lines = [line.removesuffix("\r") for line in lines]
        if opener.indent:
            lines = [_outdented(line, len(opener.indent)) for line in lines]
        text = "".join(f"{line}\n" for line in lines)
        return Block(line=opener.index + 1, info=opener.info, text=text, closed=closed, claim=claim)


def _fence(index: int, line: str) -> _Fence | None:
    match = _FENCE.match(line.rstrip("\r"))
    if match is None or (match["fence"][0] == "`" and "`" in match["info"]):
        return None
    return _Fence(index, match["indent"], match["fence"], match["info"].strip())


def _is_markdown(info: str, claim: Claim | None) -> bool:
    if claim is not None:
        return claim.path.lower().endswith((".md", ".mdx", ".markdown"))
    return bool(_MARKDOWN.match(info.split()[0])) if info.split() else False


def _outdented(line: str, width: int) -> str:
    blank = len(line) - len(line.lstrip(" \t"))
    return line[min(width, blank) :]

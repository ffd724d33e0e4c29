"""`queries.sql`: named queries in the form of aiosql, bound to numbered parameters.

aiosql's own loader is not used: it rewrites parameters for a driver (doubling of `%`, no knowledge of dollar quotes),
while here the text that PostgreSQL sees must be the author's, with `:name` replaced by `$1`, `$2`, … and nothing else.
"""

import re
from dataclasses import dataclass

_HEADER = re.compile(r"^[ \t]*--[ \t]*name[ \t]*:[ \t]*(?P<name>[A-Za-z_][\w-]*)(?P<suffix>\S*)[^\n]*$", re.MULTILINE)

_TOKENS = re.compile(
    r"""
      (?P<comment>--[^\n]*)
    | (?P<block>/\*)
    | (?P<escape>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<quoted>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?:[A-Za-z_\x80-\U0010ffff][\w]*)?\$)
    | (?P<cast>::|:=)
    | (?P<param>(?<!:):[A-Za-z_]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class NamedQuery:
    """One query as handed in, its parameters numbered. `names[i]` is the parameter behind `$(i+1)`."""

    name: str
    text: str
    sql: str
    names: tuple[str, ...]


def parse_queries(text: str) -> tuple[dict[str, NamedQuery], list[str]]:
    """Split `text` at its `-- name:` lines.

    Returns the queries by name (hyphens count as underscores; aiosql's result suffixes such as `^` or `<!` are
    accepted and ignored), and what is wrong with the file, a sentence each.
    """
    headers = list(_HEADER.finditer(text))
    if not headers:
        return {}, ["queries.sql has no line of the form '-- name: query_name'"]
    queries: dict[str, NamedQuery] = {}
    problems: list[str] = []
    ends = [header.start() for header in headers[1:]] + [len(text)]
    for header, end in zip(headers, ends, strict=True):
        name = header["name"].replace("-", "_")
        body = text[header.end() : end].strip()
        if name in queries:
            problems.append(f"query {name!r} is defined twice")
        if not _without_comments(body).strip(" \n\t;"):
            problems.append(f"query {name!r} is empty")
        queries[name] = bind(name, body)
    return queries, problems


def bind(name: str, body: str) -> NamedQuery:
    """Replace each `:param` outside of strings, identifiers, comments and dollar quotes by its number."""
    names: list[str] = []
    pieces: list[str] = []
    at = 0
    while match := _TOKENS.search(body, at):
        pieces.append(body[at : match.start()])
        at = match.end()
        if match.lastgroup == "param":
            param = match[0][1:]
            if param not in names:
                names.append(param)
            pieces.append(f"${names.index(param) + 1}")
            continue
        at = _end_of(body, match)
        pieces.append(body[match.start() : at])
    pieces.append(body[at:])
    return NamedQuery(name, body, "".join(pieces).rstrip().rstrip(";").rstrip(), tuple(names))


def _end_of(body: str, match: "re.Match[str]") -> int:
    if match.lastgroup == "dollar":
        closing = body.find(match[0], match.end())
        return len(body) if closing < 0 else closing + len(match[0])
    if match.lastgroup == "block":
        return _end_of_block_comment(body, match.end())
    return match.end()


def _end_of_block_comment(body: str, at: int) -> int:
    """PostgreSQL nests block comments."""
    depth = 1
    while depth and (match := re.compile(r"/\*|\*/").search(body, at)):
        depth += 1 if match[0] == "/*" else -1
        at = match.end()
    return len(body) if depth else at


def _without_comments(body: str) -> str:
    pieces: list[str] = []
    at = 0
    while match := _TOKENS.search(body, at):
        pieces.append(body[at : match.start()])
        at = _end_of(body, match)
        if match.lastgroup not in {"comment", "block"}:
            pieces.append(body[match.start() : at])
    return "".join([*pieces, body[at:]])

"""What gets which colour in which language: one regular expression each, and the words that are keywords.

Pygments was tried and put aside: what is coloured here was written by models, and its lexers' time on text made to slow
them down was not bounded (a probe of up to 100,000 characters of Python did not end within minutes). These patterns cannot backtrack over more than they have read
since the last token, so their time grows with the length of the text whatever it holds; the tests try to prove
otherwise. They are coarser than a real lexer, which is enough for reading.

The script of the page runs these very patterns, so they hold to what Python and JavaScript have in common.

A pattern's group names are the colours. `word` stands for a word that is looked up in the keywords and the names.
"""

import keyword
import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["plain", "sql", "python", "yaml", "json", "markdown", "diff", "toml", "shell", "dockerfile", "plan"]


@dataclass(frozen=True)
class Lexer:
    """A language's pattern, and its words in lower case."""

    pattern: re.Pattern[str]
    keywords: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()


def _lexer(*alternatives: str, keywords: str = "", names: str = "") -> Lexer:
    return Lexer(
        re.compile("|".join(alternatives), re.MULTILINE), frozenset(keywords.split()), frozenset(names.split())
    )


_WORD = r"(?P<word>[^\W\d]\w*)"
_NUMBER = r"(?P<number>\d+(?:\.\d+)?)"
# A quotation that does not end goes on to the end of its line (or, in SQL and after three quotes, of the text).
_QUOTED = r"(?P<string>'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?)"

_SQL = _lexer(
    r"(?P<comment>--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)",
    r"(?P<string>'[^']*'?|\$\w*\$)",
    r"\"[^\"\n]*\"?",
    _WORD,
    _NUMBER,
    keywords="""
        add all alter always analyze and any as asc begin between by bypassrls cascade case cast check cluster collate
        column comment commit concurrently conflict constraint create cross current_date current_timestamp current_user
        cursor declare default deferrable deferred definer delete desc distinct do domain drop each else elsif enable
        end enum except exception exclude execute exists extension false fetch filter following for force foreign from
        full function generated grant group having identity if ilike immediate immutable in include index initially
        inner insert instead intersect into invoker is isolation join key language lateral leakproof left level like
        limit local lock loop materialized match merge natural no not nothing notify null nulls of off offset on only
        or order outer over overriding owner parallel partition perform policy preceding primary privileges procedure
        public raise range recursive references refresh replace restrict restrictive permissive return returning returns
        revoke right role rollback row rows rule savepoint schema security select sequence session set share
        stable start statement storage strict table tablespace temporary then to transaction trigger true truncate
        unbounded union unique unlogged update user using vacuum valid validate value values view volatile when
        where while window with within without work
    """,
    names="""
        array bigint bigserial bit boolean bool box bytea char character cidr citext date daterange decimal double
        float4 float8 hstore inet int int2 int4 int4range int8 int8range integer interval json jsonb jsonpath ltree
        macaddr money numeric numrange oid precision real regclass serial setof smallint text time
        timestamp timestamptz timetz tsquery tsrange tstzrange tsvector uuid varchar varying vector void xml zone
    """,
)

_PYTHON = _lexer(
    r"(?P<comment>#[^\n]*)",
    r"(?P<string>\"\"\"(?:[^\"\\]|\\[\s\S]|\"(?!\"\"))*(?:\"\"\")?|'''(?:[^'\\]|\\[\s\S]|'(?!''))*(?:''')?"
    r"|'(?:[^'\\\n]|\\.)*'?|\"(?:[^\"\\\n]|\\.)*\"?)",
    r"(?P<name>^[ \t]*@[\w.]+)",
    _WORD,
    _NUMBER,
    keywords=" ".join(keyword.kwlist).lower(),
    names="bool bytes dict float frozenset int len list object print range self set str super tuple type",
)

_YAML = _lexer(
    r"(?P<name>^[ \t]*(?:- +)?[\w./$-]+(?=:(?:\s|$)))",
    r"(?P<comment>(?<![^\s])#[^\n]*)",
    _QUOTED,
    r"(?P<keyword>^---$|\b(?:true|false|null|yes|no)\b|[&*][\w-]+)",
    r"(?P<number>\b\d+(?:\.\d+)?\b)",
)

_JSON = _lexer(
    r"(?P<name>\"(?:[^\"\\\n]|\\.)*\"(?=[ \t]*:))",
    r"(?P<string>\"(?:[^\"\\\n]|\\.)*\"?)",
    r"(?P<keyword>\b(?:true|false|null)\b)",
    _NUMBER,
)

_MARKDOWN = _lexer(
    r"(?P<heading>^#{1,6} [^\n]*)",
    r"(?P<keyword>^(?:```|~~~)[^\n]*|^[ \t]*(?:[*+-]|\d{1,9}[.)]) )",
    r"(?P<string>`[^`\n]*`)",
    r"(?P<label>\*\*[^*\n]*\*\*)",
)

_DIFF = _lexer(
    r"(?P<heading>^(?:@@|diff |index |--- |\+\+\+ )[^\n]*)",
    r"(?P<inserted>^\+[^\n]*)",
    r"(?P<deleted>^-[^\n]*)",
)

_TOML = _lexer(
    r"(?P<comment>[#;][^\n]*)",
    r"(?P<heading>^\[[^\n]*)",
    r"(?P<name>^[\w.-]+(?=[ \t]*=))",
    _QUOTED,
    r"(?P<keyword>\b(?:true|false)\b)",
    r"(?P<number>\b\d+(?:\.\d+)?\b)",
)

_SHELL_WORDS = "if then else elif fi for in do done while until case esac function return exit export local set trap"
_SHELL_PARTS = (r"(?P<comment>(?<![^\s])#[^\n]*)", r"(?P<name>\$\w+|\$\{[^}\n]*\}?)", _QUOTED, _WORD)
_SHELL = _lexer(*_SHELL_PARTS, keywords=_SHELL_WORDS)
_DOCKERFILE = _lexer(
    *_SHELL_PARTS,
    keywords="from run cmd label expose env add copy entrypoint volume user workdir arg onbuild stopsignal healthcheck",
)

_PLAN = _lexer(
    r"(?P<keyword>\b(?:(?:Parallel )?Seq|Index(?: Only)?|Bitmap (?:Heap|Index)|Function|Subquery|CTE|Values|Tid) Scan\b"
    r"|\b(?:Hash|Merge|Nested Loop)(?: (?:Left|Right|Full|Semi|Anti))?(?: Join)?\b|\b(?:Incremental )?Sort\b(?! Key)"
    r"|\b(?:Limit|Aggregate|Group|Unique|Append|Materialize|Memoize|Gather(?: Merge)?|Result|LockRows|ModifyTable)\b)",
    r"(?P<label>^[ \t]*[A-Z][A-Za-z ]{2,40}:)",
    r"(?P<string>'[^'\n]*'?)",
    r"(?P<number>\b\d+(?:\.\d+)?\b)",
)

LEXERS: dict[Language, Lexer] = {
    "sql": _SQL,
    "python": _PYTHON,
    "yaml": _YAML,
    "json": _JSON,
    "markdown": _MARKDOWN,
    "diff": _DIFF,
    "toml": _TOML,
    "shell": _SHELL,
    "dockerfile": _DOCKERFILE,
    "plan": _PLAN,
}

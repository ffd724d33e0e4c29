"""Running the migration linter squawk, and keeping of its findings what is right for this server and these files."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scorers.database_schema.migrations import Migration
from scorers.errors import HarnessFault

RULES: dict[str, str] = {
    "adding-field-with-default": "a volatile default, an identity or a stored generated column rewrites the table",
    "adding-foreign-key-constraint": "without NOT VALID both tables are locked against writes while one is read",
    "adding-not-nullable-field": "SET NOT NULL reads the whole table under an exclusive lock",
    "adding-required-field": "a column that is NOT NULL without a default cannot be added to a table with rows",
    "adding-serial-primary-key-field": "building the key's index locks the table against reading and writing",
    "changing-column-type": "most changes of a type rewrite the table under an exclusive lock",
    "constraint-missing-not-valid": "checking all rows and taking the lock in one transaction blocks writers meanwhile",
    "disallowed-unique-constraint": "building the constraint's index locks the table; build it CONCURRENTLY before",
    "require-concurrent-index-creation": "building an index blocks writers for as long as it takes",
    "require-concurrent-reindex": "rebuilding an index blocks writers for as long as it takes",
}
"""The rules that count, each with what is wrong. All of them are about tables that hold rows and are in use.

Not among them: questions of style or taste (prefer-*, ban-char-field, require-table-schema), timeouts, which whoever runs
the migration sets (require-lock-timeout, require-statement-timeout), what other checks find out by running the old
programs (ban-drop-column, ban-drop-table, ban-drop-not-null, renaming-column, renaming-table), what PostgreSQL refuses
by itself (transaction-nesting, ban-concurrent-index-creation-in-transaction), and locks that are held for a moment only
(require-concurrent-index-deletion).
"""

TIMEOUT_S = 30

FINDINGS_READ = 50
"""Per file. Each is looked up in the whole text."""

_ACTION_BYTES = 2000

_NAME = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_TARGET = re.compile(
    rf"""\b(?:ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+)?(?:ONLY\s+)?
        |CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?:{_NAME}\s+)?ON\s+(?:ONLY\s+)?
        |REINDEX\s+(?:\([^)]*\)\s*)?(?:TABLE|INDEX)\s+)
        (?:{_NAME}\s*\.\s*)?(?P<name>{_NAME})""",
    re.IGNORECASE | re.VERBOSE,
)
_FILLED = re.compile(rf"\bINSERT\s+INTO\s+(?:{_NAME}\s*\.\s*)?(?P<name>{_NAME})", re.IGNORECASE)
_GENERATED = re.compile(r"\bGENERATED\s+ALWAYS\s+AS\s*\(", re.IGNORECASE)
_REST_OF_ACTION = re.compile(r";|,\s*(?:ADD|ALTER|DROP|VALIDATE|RENAME)\b", re.IGNORECASE)
_SET_NOT_NULL = re.compile(rf"\bALTER\s+(?:COLUMN\s+)?(?P<name>{_NAME})\s+SET\s+NOT\s+NULL", re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    """What squawk says about one place in a file. `line` counts from 1."""

    file: str
    line: int
    rule: str
    message: str
    statement: str


@dataclass(frozen=True)
class Unreadable:
    """A file that PostgreSQL applied and squawk cannot parse."""

    file: str
    message: str


def lint(migrations: Sequence[Migration], existing: set[str]) -> list[Finding | Unreadable]:
    """Lint the up files. Counted is what touches a table that holds rows by then.

    Those are the tables in `existing` (names without schema or quotes) and the ones that an earlier file inserts into.
    Raises HarnessFault when squawk does not run.
    """
    filled = set(existing)
    earlier = ""
    found: list[Finding | Unreadable] = []
    for migration in migrations:
        file = f"migrations/{migration.label}.up.sql"
        reports = _run(migration.up)
        broken = [report for report in reports if report["rule_name"] == "syntax-error"]
        if broken:
            found.append(Unreadable(file, f"line {broken[0]['line'] + 1}: {broken[0]['message']}"))
        else:
            counted = [report for report in reports if report["rule_name"] in RULES][:FINDINGS_READ]
            findings = [_finding(file, migration.up, report) for report in counted]
            found += _one_per_statement(
                finding for finding in findings if _target(finding) in filled and not _harmless(finding, earlier)
            )
        filled |= {_plain(match["name"]) for match in _FILLED.finditer(migration.up)}
        earlier += migration.up
    return found


def _run(text: str) -> list[dict[str, Any]]:
    """Squawk's reports on one file. Directives in comments that switch it off are made ineffective."""
    binary = Path(sys.executable).parent / "squawk"
    with tempfile.TemporaryDirectory(prefix="archeval-squawk-") as folder:
        (Path(folder) / ".squawk.toml").write_text("", encoding="utf-8")
        (Path(folder) / "up.sql").write_text(text.replace("squawk-ignore", "squawk_ignore"), encoding="utf-8")
        command = [str(binary), "--reporter=json", "--pg-version=18", "--assume-in-transaction", "up.sql"]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env={},
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
                stdin=subprocess.DEVNULL,
            )
            return json.loads(done.stdout)
        except FileNotFoundError as error:
            raise HarnessFault(
                f"squawk is not at {str(binary)!r}; install the project's packages", kind="squawk"
            ) from error
        except (subprocess.TimeoutExpired, ValueError) as error:
            raise HarnessFault(f"squawk broke on a migration: {error}", kind="squawk", attributable=True) from error


def _finding(file: str, text: str, report: dict[str, Any]) -> Finding:
    """A report with its statement up to the end of the action reported (positions are in bytes, lines from 0)."""
    lines = text.encode().split(b"\n")
    end = sum(len(line) + 1 for line in lines[: report["line_end"]]) + report["column_end"]
    encoded = text.encode()
    head = encoded[:end].decode(errors="ignore")
    rest = encoded[end : end + _ACTION_BYTES].decode(errors="ignore")
    starts = [match.start() for match in _TARGET.finditer(head)]
    statement = head[starts[-1] :] + _REST_OF_ACTION.split(rest, maxsplit=1)[0] if starts else ""
    return Finding(file, report["line"] + 1, report["rule_name"], report["message"], statement.partition(";")[0])


def _target(finding: Finding) -> str:
    match = _TARGET.match(finding.statement)
    return _plain(match["name"]) if match else ""


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def _harmless(finding: Finding, earlier: str) -> bool:
    """What squawk does not know.

    Virtual columns store nothing; a new column that is NULL everywhere has no reference to check (but all are checked
    when the statement adds any column with a default); a validated CHECK spares SET NOT NULL its scan.
    """
    if finding.rule == "adding-foreign-key-constraint":
        return re.search(r"\bFOREIGN\s+KEY\b|\bDEFAULT\b", finding.statement, re.IGNORECASE) is None
    if finding.rule == "adding-field-with-default":
        action = re.split(r"\bADD\b", finding.statement, flags=re.IGNORECASE)[-1]
        return _GENERATED.search(action) is not None and re.search(r"\bSTORED\b", action, re.IGNORECASE) is None
    if finding.rule == "adding-not-nullable-field" and (match := _SET_NOT_NULL.search(finding.statement)):
        known = re.search(rf"{re.escape(match['name'])}\s+IS\s+NOT\s+NULL", earlier, re.IGNORECASE)
        return known is not None and re.search(r"\bVALIDATE\s+CONSTRAINT\b", earlier, re.IGNORECASE) is not None
    return False


def _one_per_statement(findings: Iterable[Finding]) -> list[Finding]:
    """Rules overlap; the first one on a line speaks for all."""
    return list({finding.line: finding for finding in reversed(list(findings))}.values())[::-1]

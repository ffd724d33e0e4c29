"""Check: can a secret be read where the data lies?"""

import base64

from scorers.checks import Outcome, check, failed, not_applicable, passed
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.check_contract import violation_evidence
from scorers.database_schema.oracle import Population
from scorers.database_schema.violation import Violation
from scorers.evidence import Evidence

PIECE = 16
"""Characters of a secret that are recognised; a shorter prefix, kept for display, is nobody's way in."""


@check(
    id="secrets",
    title="Secrets cannot be read in the database",
    spec_lines=("anti.plaintext_secrets",),
    weight=2,
    requires=("right",),
)
def secrets(bench: SchemaBench) -> Outcome:
    """Is a secret that the contract hands over for look-ups nowhere readable, neither plain nor merely encoded?

    Marker secrets go in through the named queries; then every table is searched for them, as text, hex and base64.

    Why: a dump, a replica or a support session must not hand out what opens accounts.
    Source: OWASP Top 10 A02 Cryptographic Failures; OWASP Password Storage Cheat Sheet on tokens.
    Fails: `token text NOT NULL` where `sha256(token::bytea)` would do.
    """
    with bench.database() as database:
        population = Population()
        try:
            with bench.session(database) as session:
                bench.oracle.populate(session, bench.random("secrets"), 200, population)
        except Violation as violation:
            return failed(violation.what, evidence=violation_evidence(violation))
        if not population.secrets:
            return not_applicable("the contract hands over no secrets")
        found = _readable_secrets(bench, database, population.secrets)
    if found:
        return failed("a secret can be read in the database", evidence=[Evidence(title="Where", body="\n".join(found))])
    return passed(f"none of {len(population.secrets)} marker secrets is readable")


_RELATIONS = b"""
SELECT format('%I.%I', n.nspname, c.relname)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' ORDER BY 1
"""


def _readable_secrets(bench: SchemaBench, database: str, secrets_: list[str]) -> list[str]:
    """Search every table as the reader: plain column values, no casts or functions of the submission's."""
    forms = {form for secret in secrets_ for form in _forms(secret)}
    found: list[str] = []
    with bench.postgres.connect(database, "reader") as reader:
        for (relation,) in reader.execute(_RELATIONS).fetchall():
            with bench.postgres.deadline(reader, bench.remaining_s()), reader.cursor() as cursor:
                cursor.execute(f"SELECT * FROM ONLY {relation}".encode())
                names = [column.name for column in cursor.description or []]
                for row in cursor:
                    texts = [_as_text(value) for value in row]
                    if _holds(forms, "\n".join(texts)):
                        found.extend(
                            f"{relation}, column {name!r}"
                            for name, text in zip(names, texts, strict=True)
                            if _holds(forms, text)
                        )
    return sorted(set(found))


def _holds(forms: set[str], text: str) -> bool:
    return any(form in text for form in forms)


def _forms(secret: str) -> list[str]:
    """The secret plain, encoded and reversed, and long pieces of each: halves in two columns are the secret, too."""
    raw = secret.encode()
    whole = [secret.lower(), raw.hex(), base64.b64encode(raw).decode().rstrip("=").lower(), secret[::-1].lower()]
    return [form[at : at + PIECE] for form in whole for at in range(0, max(1, len(form) - PIECE + 1), PIECE // 2)]


def _as_text(value: object) -> str:
    return (value.hex() + value.decode("latin-1") if isinstance(value, bytes) else str(value)).lower()

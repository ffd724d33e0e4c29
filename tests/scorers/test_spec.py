"""The persona specification: the shipped files, and what `scorers.spec` makes of good and bad ones."""

import re
from collections import Counter
from pathlib import Path

import pytest

from scorers.errors import InputError
from scorers.spec import SECTIONS, Claim, Section, Spec, evidence_table, load_spec

PERSONA_FOLDER = Path(__file__).parents[2] / "datasets" / "persona"
CANARY = re.compile(r"archeval-canary-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")

LINES_PER_SECTION: dict[Section, int] = {
    "profile": 4,
    "capability": 10,
    "tool": 10,
    "use_when": 9,
    "task": 7,
    "deliverable": 10,
    "collaboration": 11,
    "metric": 9,
    "anti": 10,
    "long_running": 15,
    "evolution": 5,
    "contract_testing": 5,
    "observability": 5,
}
"""Counted by hand in the specification; its profile is one paragraph of four sentences."""

LINES_PER_GROUP = {
    "collaboration.with_": 5,
    "collaboration.from_": 3,
    "collaboration.to_": 3,
    "long_running.startup_": 6,
    "long_running.increment_": 5,
    "long_running.state_": 4,
}

PERSONA_TERMS: dict[Section, tuple[str, ...]] = {
    "profile": ("REST", "GraphQL", "gRPC", "relational", "cost", "growth", "failure"),
    "capability": (
        "RBAC",
        "ABAC",
        "CDN",
        "circuit breakers",
        "service meshes",
        "CAP theorem",
        "traces",
        "tenants apart",
    ),
    "tool": (
        *(
            "Node.js",
            "Python",
            "Go,",
            "Java,",
            "Rust",
            "PostgreSQL",
            "MySQL",
            "MongoDB",
            "DynamoDB",
            "Cassandra",
        ),
        *(
            "TimescaleDB",
            "Redis",
            "Memcached",
            "Varnish",
            "Express",
            "FastAPI",
            "Spring Boot",
            "NestJS",
            "Gin,",
        ),
        *(
            "Apollo Server",
            "Hasura",
            "GraphQL Yoga",
            "RabbitMQ",
            "Kafka",
            "AWS SQS",
            "Google Pub/Sub",
            "Kong",
        ),
        *(
            "AWS API Gateway",
            "Nginx",
            "Traefik",
            "Prisma",
            "TypeORM",
            "SQLAlchemy",
            "Mongoose",
            "Auth0",
            "Keycloak",
        ),
        *(
            "Passport.js",
            "OAuth providers",
            "Datadog",
            "New Relic",
            "Prometheus",
            "Grafana",
            "Jaeger",
        ),
    ),
    "use_when": (
        "new service",
        "new feature",
        "login",
        "off a monolith",
        "slow query",
        "real-time",
    ),
    "task": (
        "shop",
        "row-level",
        "event bus",
        "refresh tokens",
        "four out of five",
        "fulfilment",
        "200 ms",
        "N+1",
    ),
    "deliverable": (
        "C4",
        "OpenAPI",
        "sign in",
        "caching plan",
        "event schemas",
        "way back",
        "capacity",
        "OWASP Top 10",
    ),
    "collaboration": (
        *(
            "frontend developers",
            "DevOps",
            "AI engineers",
            "API testers",
            "infrastructure maintainers",
        ),
        *("product teams", "UX researchers", "analysts", "benchmarks"),
    ),
    "metric": (
        "p50, p95 and p99",
        "99.9 %",
        "99.99 %",
        "per second",
        "4xx",
        "5xx",
        "cache hits",
        "MTTR",
        "rolled back",
    ),
    "anti": (
        *(
            "Tune before",
            "simple application",
            "an ORM",
            "readable form",
            "next version",
            "proven library",
        ),
        *(
            "SQL injection",
            "XSS",
            "Draw tables",
            "eventual consistency",
            "Put off observability",
        ),
    ),
    "long_running": (
        *(
            "`pwd`",
            "`git log`",
            "`init.sh`",
            "`api-tests.json`",
            "`claude-progress.txt`",
            "`migrations/`",
            "`docs/api/`",
        ),
        *("single endpoint", "edge cases", "ADRs"),
    ),
    "evolution": (
        "migration file",
        "rollback before",
        "constraints and validation",
        "comments",
        "Commit it at once",
    ),
    "contract_testing": (
        "Zod",
        "JSON Schema",
        "automated test",
        "breaking changes",
        "sample requests",
    ),
    "observability": (
        "`EXPLAIN`",
        "structured logs",
        "request id",
        "stack trace",
        "`/health`",
        "`/ready`",
    ),
}
"""What the persona cannot leave out without losing a line of the section."""

GOOD = """\
lines:
  - id: anti.no_indexing
    section: anti
    summary: Leaving indexes to chance.
  - id: task.caching
    section: task
    summary: Put a cache before hot endpoints.
"""


@pytest.fixture(scope="module")
def shipped() -> Spec:
    return load_spec(PERSONA_FOLDER / "spec.yaml")


@pytest.fixture
def small(tmp_path: Path) -> Spec:
    return load_spec(written(tmp_path, GOOD))


def written(folder: Path, text: str) -> Path:
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def sections_lacking_terms(persona: str) -> dict[Section, list[str]]:
    lacking: dict[Section, list[str]] = {}
    for section, terms in PERSONA_TERMS.items():
        missing = [term for term in terms if term not in persona]
        if missing:
            lacking[section] = missing
    return lacking


def test_every_line_of_the_specification_has_an_entry(shipped: Spec) -> None:
    assert {section: len(shipped.in_section(section)) for section in SECTIONS} == LINES_PER_SECTION
    assert len(shipped.lines) == sum(LINES_PER_SECTION.values()) == 110


@pytest.mark.parametrize("prefix", LINES_PER_GROUP)
def test_groups_within_a_section_have_all_their_lines(shipped: Spec, prefix: str) -> None:
    assert sum(line.id.startswith(prefix) for line in shipped.lines) == LINES_PER_GROUP[prefix]


def test_sections_stand_together_and_in_order(shipped: Spec) -> None:
    assert list(dict.fromkeys(line.section for line in shipped.lines)) == list(SECTIONS)
    assert [line.section for line in shipped.lines] == sorted(
        (line.section for line in shipped.lines), key=SECTIONS.index
    )


def test_summaries_are_distinct_single_sentences(shipped: Spec) -> None:
    counts = Counter(line.summary for line in shipped.lines)
    assert [summary for summary, count in counts.items() if count > 1] == []
    assert [line.id for line in shipped.lines if ". " in line.summary] == []


def test_the_seven_example_tasks_have_the_families_names(shipped: Spec) -> None:
    assert [line.id for line in shipped.in_section("task")] == [
        "task.api_design",
        "task.database_schema",
        "task.microservices",
        "task.authentication",
        "task.caching",
        "task.event_driven",
        "task.performance",
    ]


def test_each_file_carries_a_canary_of_its_own_in_a_comment() -> None:
    first_lines = [
        (PERSONA_FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
        for name in ("spec.yaml", "backend_architect.md")
    ]
    found = [CANARY.search(line) for line in first_lines]
    assert len({match.group() for match in found if match}) == 2
    assert first_lines[0].startswith("# ")
    assert re.fullmatch(r"<!-- \S+ -->", first_lines[1])


def test_persona_covers_each_section() -> None:
    assert sorted(PERSONA_TERMS) == sorted(SECTIONS)
    assert sections_lacking_terms((PERSONA_FOLDER / "backend_architect.md").read_text(encoding="utf-8")) == {}


def test_a_persona_without_a_section_is_noticed() -> None:
    persona = (PERSONA_FOLDER / "backend_architect.md").read_text(encoding="utf-8")
    cut = re.sub(r"## What you never do\n.*?(?=\n## )", "", persona, flags=re.DOTALL)
    assert "Tune before" in sections_lacking_terms(cut)["anti"]


def test_persona_keeps_its_length() -> None:
    text = (PERSONA_FOLDER / "backend_architect.md").read_text(encoding="utf-8")
    words = [word for word in text.split() if any(character.isalnum() for character in word)]
    assert 700 <= len(words) <= 1100


def test_lookup_by_id_and_section(small: Spec) -> None:
    assert small.line("task.caching").summary == "Put a cache before hot endpoints."
    assert [line.id for line in small.in_section("anti")] == ["anti.no_indexing"]
    assert small.in_section("metric") == ()


def test_lookup_of_an_unknown_id_is_an_error(small: Spec) -> None:
    with pytest.raises(InputError, match=r"'task\.cashing' \(near: task\.caching\)"):
        small.line("task.cashing")


def test_require_accepts_known_ids(small: Spec) -> None:
    small.require(["task.caching", "anti.no_indexing", "task.caching"], "scenario.yaml")
    small.require([], "scenario.yaml")


def test_require_names_every_unknown_id_where_it_stands_and_near_matches(
    small: Spec,
) -> None:
    with pytest.raises(InputError) as caught:
        small.require(["task.caching", "anti.no_index", "zzz"], "check 'migrations.parse'")
    text = str(caught.value)
    assert text.startswith("check 'migrations.parse': unknown spec line ")
    assert "'anti.no_index' (near: anti.no_indexing)" in text
    assert "'zzz'. " in text
    assert "'task.caching'" not in text
    assert "archeval spec" in text


BAD_FILES = {
    "repeated id": (
        GOOD + GOOD.removeprefix("lines:\n"),
        ["'lines'", "'anti.no_indexing'", "'task.caching'"],
    ),
    "unknown key in a line": (GOOD + "    weight: 1\n", ["'lines.1.weight'"]),
    "unknown key at the top": (GOOD + "extra: 1\n", ["'extra'"]),
    "unknown section": (
        GOOD.replace("section: task", "section: tasks"),
        ["'lines.1.section'"],
    ),
    "id of another section": (
        GOOD.replace("section: task", "section: tool"),
        ["'lines.1'", "'tool.'"],
    ),
    "capitals in an id": (
        GOOD.replace("task.caching", "task.Caching"),
        ["'lines.1.id'"],
    ),
    "id without a word": (GOOD.replace("task.caching", "task"), ["'lines.1.id'"]),
    "summary is no sentence": (
        GOOD.replace("indexes to chance.", "indexes to chance"),
        ["'lines.0.summary'"],
    ),
    "no lines": ("lines: []\n", ["'lines'"]),
    "empty file": ("", ["(top)"]),
    "not YAML": ("lines: [", ["is not YAML"]),
}


@pytest.mark.parametrize(("text", "named"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_bad_files_are_errors_that_name_file_and_key(tmp_path: Path, text: str, named: list[str]) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_spec(path)
    assert [part for part in [repr(str(path)), *named] if part not in str(caught.value)] == []


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is missing"):
        load_spec(tmp_path / "spec.yaml")


def test_evidence_table_shows_lines_with_and_without_evidence(small: Spec) -> None:
    claims = [
        Claim(line_id="anti.no_indexing", kind="scenario", name="multi_tenant_saas"),
        Claim(line_id="anti.no_indexing", kind="check", name="queries.keyset"),
        Claim(line_id="anti.no_indexing", kind="check", name="advice.foreign_keys"),
        Claim(line_id="anti.no_indexing", kind="check", name="queries.keyset"),
    ]
    covered, bare = evidence_table(small, claims)
    assert covered.line.id == "anti.no_indexing"
    assert covered.scenarios == ("multi_tenant_saas",)
    assert covered.checks == ("advice.foreign_keys", "queries.keyset")
    assert covered.kinds == ("scenario", "check")
    assert bare.line.id == "task.caching"
    assert (bare.scenarios, bare.checks, bare.kinds) == ((), (), ())


def test_evidence_table_tells_the_kinds_apart(small: Spec) -> None:
    rows = evidence_table(small, [Claim(line_id="task.caching", kind="check", name="cache.hits")])
    assert [row.kinds for row in rows] == [(), ("check",)]


def test_evidence_table_refuses_a_claim_about_an_unknown_line(small: Spec) -> None:
    with pytest.raises(InputError, match=r"check 'cache\.hits': unknown spec line 'task\.cach'"):
        evidence_table(small, [Claim(line_id="task.cach", kind="check", name="cache.hits")])

"""Checks: are the tenants kept apart, by the named queries and by any SQL that the application's role may run?"""

from collections.abc import Callable

from psycopg import sql

from scorers.checks import Outcome, check, failed, not_applicable
from scorers.database_schema.bench import SchemaBench
from scorers.database_schema.oracle import TenantOracle
from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Attacker
from scorers.database_schema.tenancy.build import build_world
from scorers.database_schema.tenancy.changing import change_all, truncate_all
from scorers.database_schema.tenancy.findings import Findings
from scorers.database_schema.tenancy.inserting import insert_for_other, insert_unset
from scorers.database_schema.tenancy.named import NamedQueries
from scorers.database_schema.tenancy.reading import READS_OF_TABLES, Watch
from scorers.database_schema.tenancy.references import move_all, tie_all
from scorers.database_schema.tenancy.routines import call_all
from scorers.database_schema.tenancy.tenants import UNSET_SETTINGS
from scorers.database_schema.tenancy.world import World
from scorers.database_schema.values import ShapeError
from scorers.database_schema.violation import Violation
from scorers.evidence import Evidence

_WEIGHT = 2.0

_CALLS_UNSET = 6
"""Calls of each routine without a tenant: there is less to vary than with one."""


@check(
    id="tenancy_queries",
    title="The named queries keep tenants apart",
    spec_lines=("capability.multi_tenancy", "task.database_schema"),
    weight=_WEIGHT,
    gate=True,
    requires=("right",),
)
def tenancy_queries(bench: SchemaBench) -> Outcome:
    """Does tenant A get, or change, anything of tenant B's by calling the named queries with B's ids?

    Why: ids leak through links, logs and guesses; a query that trusts them hands one customer the data of another.
    Source: OWASP API Security Top 10 2023, API1 Broken Object Level Authorization.
    Fails: `SELECT * FROM tasks WHERE id = :task_id` on a table without row-level security.
    """

    def attack(world: World, arena: Arena, findings: Findings) -> None:
        queries = NamedQueries(world, arena, findings)
        queries.read_as_other()
        queries.write_as_other()

    return _judged(bench, attack, "with another tenant's ids, the named queries neither read nor change anything of it")


@check(
    id="tenancy_direct",
    title="No SQL of the application's role reaches another tenant",
    spec_lines=("capability.multi_tenancy", "task.database_schema", "anti.owasp_vulnerabilities"),
    weight=_WEIGHT,
    gate=True,
    requires=("right",),
)
def tenancy_direct(bench: SchemaBench) -> Outcome:
    """Can `app_user`, with one tenant set, read, change, remove or add rows of another by any relation or function?

    Rows that appear anywhere while only tenant B is served are B's. Tables, partitions, views, materialized views and
    the functions that `app_user` may execute are tried, each by what comes of it.

    Why: the application has an injection or a forgotten WHERE sooner or later; the database is the last wall.
    Source: OWASP Top 10 A01 Broken Access Control; PostgreSQL manual, Row Security Policies and the rules for views.
    Fails: a view owned by `app_owner` without `security_invoker`, or `CREATE POLICY … FOR DELETE USING (true)`.
    """

    def attack(world: World, arena: Arena, findings: Findings) -> None:
        with Attacker(bench, arena.database, world.tenants["A"].setting) as attacker:
            _become_owner(attacker, findings)
            Watch(world, attacker, ("B",), findings).read_all()
        _own_nothing(world, findings)
        for change in (change_all, truncate_all):
            change(world, arena, world.tenants["C"].setting, findings)
        insert_for_other(world, arena, findings)
        move_all(world, arena, findings)
        call_all(world, arena, world.tenants["A"].setting, "B", findings)

    return _judged(bench, attack, "with one tenant set, app_user reaches nothing of another")


@check(
    id="tenancy_unset",
    title="Without a tenant there is nothing to see or to change",
    spec_lines=("capability.multi_tenancy", "anti.owasp_vulnerabilities"),
    weight=_WEIGHT,
    gate=True,
    requires=("right",),
)
def tenancy_unset(bench: SchemaBench) -> Outcome:
    """Do tenants stay closed while the setting was never set, is empty, or names nobody?

    Why: a pooled connection whose setting was forgotten must show nothing rather than everything.
    Source: PostgreSQL manual, current_setting: a custom setting set locally reads as an empty string afterwards.
    Fails: `USING (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid IS NOT FALSE)`.
    """

    def attack(world: World, arena: Arena, findings: Findings) -> None:
        queries = NamedQueries(world, arena, findings)
        for setting in UNSET_SETTINGS:
            if findings.enough:
                return
            Watch(world, arena.attacker(setting), ("A", "B"), findings).read_all(READS_OF_TABLES[:1])
            change_all(world, arena, setting, findings)
            queries.read_unset(setting)
            queries.write_unset(setting)
        for setting in UNSET_SETTINGS[:2]:
            call_all(world, arena, setting, "A", findings, calls=_CALLS_UNSET)
        insert_unset(world, arena, UNSET_SETTINGS, findings)

    return _judged(bench, attack, "without a tenant, app_user sees no tenant's rows and changes none")


@check(
    id="tenancy_references",
    title="Nothing of one tenant can refer to another's",
    spec_lines=("capability.multi_tenancy", "task.database_schema"),
    weight=_WEIGHT,
    gate=True,
    requires=("right",),
)
def tenancy_references(bench: SchemaBench) -> Outcome:
    """Can a row of tenant A be made to refer to a row of tenant B, or be moved to B?

    Tried through the named queries and by UPDATE and INSERT on every foreign key, by behaviour: composite keys,
    policies and triggers are all fine.

    Why: foreign keys are checked past row-level security, so a plain one lets a child hang on another tenant's parent.
    Source: PostgreSQL manual, Row Security Policies: referential integrity checks bypass row security.
    Fails: `task_id uuid REFERENCES tasks (id)` beside a `tenant_id` that nothing compares with the task's.
    """

    def attack(world: World, arena: Arena, findings: Findings) -> None:
        NamedQueries(world, arena, findings).refer_to_other()
        tie_all(world, arena, findings)

    return _judged(bench, attack, "nothing of one tenant can be tied to anything of another")


def _judged(bench: SchemaBench, attack: Callable[[World, Arena, Findings], None], sound: str) -> Outcome:
    """Build the world, attack it, and tell what was found."""
    oracle = bench.oracle
    if not isinstance(oracle, TenantOracle):
        return not_applicable("the contract has no tenants")
    findings = Findings()
    try:
        with build_world(bench, oracle) as world, Arena(world) as arena:
            attack(world, arena, findings)
    except (ShapeError, Violation) as error:
        evidence = [Evidence(title="The answer that is not the contract's", body=str(error))]
        return failed("the named queries broke their contract while several tenants were served", evidence=evidence)
    return findings.outcome(sound)


def _become_owner(attacker: Attacker, findings: Findings) -> None:
    attempt = attacker.run(sql.SQL("SET LOCAL ROLE app_owner").format(), keep=False)
    if not attempt.refused:
        lines = ["it becomes the owner of the tables, to whom no policy applies"]
        findings.hole("app_user can become app_owner", attacker, attempt, lines)


def _own_nothing(world: World, findings: Findings) -> None:
    """Who owns a table can switch off its policies, forced or not."""
    for relation in world.schema.relations.values():
        if relation.owner == "app_user" and (not relation.stored or world.rows_in(relation, "B")):
            findings.owned(relation)

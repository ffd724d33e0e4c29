"""Reaching for another tenant's data through the named queries."""

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest

from scorers.database_schema.oracle import Population
from scorers.database_schema.session import CallResult, Params
from scorers.database_schema.tenancy.answers import (
    Answers,
    carries,
    ids_in,
    says_nothing,
    shown_call,
    sorted_answers,
    without_ids,
)
from scorers.database_schema.tenancy.arena import Arena
from scorers.database_schema.tenancy.attacker import Setting
from scorers.database_schema.tenancy.findings import Findings, Hole, names
from scorers.database_schema.tenancy.tenants import Label, of_nothing
from scorers.database_schema.tenancy.watched import WatchedSession
from scorers.database_schema.tenancy.world import World
from scorers.database_schema.values import Value
from scorers.errors import HarnessFault


class NamedQueries:
    """The named queries, called as one tenant with another's ids. Each method starts from the world as it was."""

    def __init__(self, world: World, arena: Arena, findings: Findings) -> None:
        self._world = world
        self._arena = arena
        self._findings = findings
        self._oracle = world.oracle

    def read_as_other(self) -> None:
        """As A, call every read with B's ids: no row may carry anything of B's."""
        database = self._arena.database
        own, theirs = self._reads(database, "A", "A"), self._reads(database, "B", "B")
        b = self._world.tenants["B"]
        if not any(carries(self._world, result, b.tokens, b.numbers) for result in theirs):
            raise HarnessFault("B's own reads show nothing of B's: the oracle asks nothing", kind="probe_broken")
        foreign = b.numbers - ids_in(self._world, own) - self._world.numbers_of("A")
        for result in self._reads(database, "A", "B"):
            if lines := carries(self._world, result, b.tokens, foreign):
                self._hole(f"tenant A reads tenant B's data with {result.query}", result.query, "A", lines)
        self._compare_with_nothing(database)
        called = names({result.query for result in theirs})
        self._findings.did("tenant A", f"reading with B's ids: {called}")

    def _compare_with_nothing(self, database: str) -> None:
        """As C, which has no data, ask for B's ids and for ids of nothing: the answers must not differ.

        A count of another tenant's rows carries no id and no text, and tells of them all the same.
        """
        b, c = self._world.tenants["B"].population, self._world.tenants["C"]
        ids: dict[str, list[Value]] = {kind: [of_nothing(value) for value in known] for kind, known in b.ids.items()}
        with self._session(database) as session:
            real = self._oracle.reads_of_tenant(session, c.id, b)
            bogus = self._oracle.reads_of_tenant(session, c.id, replace(b, ids=ids))
        for answer, other in zip(real, bogus, strict=False):
            told, expected = (without_ids(self._world, result) for result in (answer, other))
            if answer.query == other.query and not answer.refused and not other.refused and told != expected:
                lines = [f"with B's ids: {told!r}", f"with ids of nothing: {expected!r}"]
                self._hole(f"tenant C learns of tenant B's data from {answer.query}", answer.query, "C", lines)

    def write_as_other(self) -> None:
        """As A, call every changing query at B's ids: B's rows and B's answers stay as they are."""
        a, b = self._world.tenants["A"], self._world.tenants["B"]

        def attack(database: str) -> None:
            with self._watched(database, "tenant A changes tenant B's data with", a.setting) as session:
                called.extend(result.query for result in self._oracle.writes_of_tenant(session, a.id, b.population))

        called: list[str] = []
        self._unharmed("after A's writes with B's ids", attack)
        self._findings.did("tenant A", f"changing with B's ids: {names(set(called))}")

    def refer_to_other(self) -> None:
        """Through the contract's own queries, tie something of A's to something of B's."""
        a, b = self._world.tenants["A"], self._world.tenants["B"]
        populations: dict[Value, Population] = {tenant.id: tenant.population for tenant in (a, b)}
        for reference in self._oracle.cross_references():

            def attack(database: str, *, run: _Run = reference.run, name: str = reference.name) -> None:
                with self._session(database) as session:
                    result = run(session, a.id, b.id, populations)
                effect = self._arena.effect()
                if lines := [*effect.planted("B"), *effect.harmed("B"), *effect.mentioning("B")]:
                    self._hole(f"{name}: something of A's is tied to B", result.query, "A", list(dict.fromkeys(lines)))

            self._unharmed(f"after {reference.name!r} of A's", attack)
        tried = names(reference.name for reference in self._oracle.cross_references())
        covered = tried or "the contract has no such query"
        self._findings.did("tenant A", f"tied to B by named queries: {covered}")

    def read_unset(self, setting: Setting) -> None:
        """Without a tenant, call every read with A's ids: nothing may be answered."""
        database = self._arena.database
        a = self._world.tenants["A"]
        stranger = [(result.query, result.rows) for result in self._reads(database, "C", "A")]
        with self._session(database, setting=setting) as session:
            results = self._oracle.reads_of_tenant(session, a.id, a.population)
        for result in results:
            lines = carries(self._world, result, a.tokens, a.numbers)
            if not lines and (result.query, result.rows) not in stranger and not says_nothing(result):
                lines = [f"it answers {result.rows[:3]!r}"]
            if lines:
                self._hole(f"{setting.label}: {result.query} answers with A's data", result.query, setting, lines)

    def write_unset(self, setting: Setting) -> None:
        """Without a tenant, call every changing query at A's ids: nothing of A's may change or be added."""
        a = self._world.tenants["A"]
        with self._watched(self._arena.database, f"{setting.label}: A's data is changed by", setting) as session:
            self._oracle.writes_of_tenant(session, a.id, a.population)

    def _reads(self, database: str, caller: Label, target: Label) -> Answers:
        """The answers to every read, called as `caller` with the ids of `target`."""
        with self._session(database) as session:
            tenants = self._world.tenants
            return self._oracle.reads_of_tenant(session, tenants[caller].id, tenants[target].population)

    def _unharmed(self, when: str, attack: Callable[[str], None]) -> None:
        """Run `attack` and see that B gets the same answers after it as before."""
        database = self._arena.database
        before = sorted_answers(self._reads(database, "B", "B"))
        attack(database)
        self._arena.effect()
        after = sorted_answers(self._reads(database, "B", "B"))
        for then, now in zip_longest(before, after, fillvalue=("", "no call")):
            if then != now:
                query = then[0] or now[0]
                lines = [f"before: {then[1]}", f"after:  {now[1]}"]
                self._hole(f"{when}, {query} answers B otherwise", query, "B", lines)

    def _session(self, database: str, *, setting: Setting | None = None) -> WatchedSession:
        return WatchedSession(self._world.bench, database, _ignore, setting=setting)

    def _watched(self, database: str, what: str, setting: Setting) -> WatchedSession:
        """A session that notes every call after which rows of A's or B's that are not the caller's have changed."""
        victim: Label = "B" if setting == self._world.tenants["A"].setting else "A"
        seen: set[str] = set()

        def after(name: str, params: Params, result: CallResult) -> None:
            if result.refused:
                return
            effect = self._arena.effect()
            lines = [line for line in effect.harmed(victim) + effect.carrying(victim) if line not in seen]
            seen.update(lines)
            if lines:
                self._hole(f"{what} {name}", name, setting, [shown_call(name, params), *lines])

        return WatchedSession(self._world.bench, database, after, setting=setting)

    def _hole(self, what: str, query: str, caller: Label | Setting, lines: list[str]) -> None:
        setting = caller if isinstance(caller, Setting) else self._world.tenants[caller].setting
        queries = self._world.bench.given | self._world.bench.queries
        text = f"-- name: {query}\n{queries[query].text}" if query in queries else query
        self._findings.add(Hole(what, text, f"{setting.label}: {setting.value!r}", lines))


_Run = Callable[..., CallResult]


def _ignore(name: str, params: Params, result: CallResult) -> None:
    """Nobody watches this call."""

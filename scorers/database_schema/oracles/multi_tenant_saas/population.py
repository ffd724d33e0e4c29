"""Fills a database with workspaces as unequal as real ones, and says what to ask of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NoReturn
from uuid import UUID

from scorers.database_schema.oracle import Population, Probe
from scorers.database_schema.oracles.multi_tenant_saas.model import EPOCH
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

BIG_SHARE = 0.72
MEDIUM_WORKSPACES = 4
BIG_MEMBERS = 600
BIG_PROJECTS = 8
PAGE = 20
RARE_TASKS = 60
"""So many of the oldest tasks have the rare status and the rare assignee: who scans for them scans everything."""
SECRETS = 5
"""Every member of the big workspace has a token; so many of them are looked for in the tables."""
CHUNK = 500


@dataclass
class Stored:
    """One workspace of the population."""

    id: UUID
    members: list[Value]
    projects: list[Value]
    keys: list[str]


def checked(results: list[CallResult], count: int, query: str) -> list[dict[str, Value]]:
    """The rows of `count` calls that must all have returned one. Raises Violation."""
    for result in results:
        if result.refused or len(result.rows) != 1:
            _refused(query, result)
    if len(results) != count:
        _refused(query, results[-1])
    return [result.row for result in results]


def one(session: ContractSession, query: str, params: Params, tenant: Value) -> dict[str, Value]:
    """The row of a call that must return one. Raises Violation."""
    return checked([session.call(query, params, tenant=tenant)], 1, query)[0]


def new_workspace(session: ContractSession, tenant: UUID, *, members: int, projects: int, label: str = "w") -> Stored:
    """Register a workspace with members `<label>0@…` and projects `P0`, `P1`, …"""
    registration = {"workspace_id": tenant, "name": f"Workspace {label}", "created_at": EPOCH}
    one(session, "register_workspace", registration, tenant)
    people: list[Params] = [
        {
            "email": f"{label}{number}@example.test",
            "name": f"Member {number}",
            "role": "owner" if number == 0 else "member",
            "created_at": EPOCH,
        }
        for number in range(members)
    ]
    ids = [
        row["member_id"]
        for row in checked(session.call_many("add_member", people, tenant=tenant), members, "add_member")
    ]
    keys = [f"P{number}" for number in range(projects)]
    wanted: list[Params] = [
        {"key": key, "name": f"Project {key}", "actor_id": ids[0], "created_at": EPOCH} for key in keys
    ]
    made = checked(session.call_many("create_project", wanted, tenant=tenant), projects, "create_project")
    return Stored(tenant, ids, [row["project_id"] for row in made], keys)


def populate(session: ContractSession, random: Random, rows: int, population: Population) -> None:
    """See Oracle.populate: about `rows` further tasks, comments and audit entries, and probes for all there is."""
    if not population.ids:
        _found(session, random, population)
    filler = _Filler(session, random, population)
    big_rows = int(rows * BIG_SHARE)
    filler.fill(population.ids["workspace"][0], big_rows)
    for stored in population.ids["workspace"][1:]:
        filler.fill(stored, (rows - big_rows) // MEDIUM_WORKSPACES)
    population.rows += filler.stored
    population.probes = _probes(population)


def _found(session: ContractSession, random: Random, population: Population) -> None:
    big = new_workspace(session, _uuid(random), members=BIG_MEMBERS, projects=BIG_PROJECTS)
    medium = [new_workspace(session, _uuid(random), members=4, projects=2) for _ in range(MEDIUM_WORKSPACES)]
    tiny = new_workspace(session, _uuid(random), members=2, projects=3)
    population.ids |= {"workspace": [big, *medium], "tiny": [tiny], "position": [], "hot_comment": []}
    filler = _Filler(session, random, population)
    _rare(session, big, population)
    newest = {"subject": None, "before_occurred_at": None, "before_entry_id": None, "page_size": 1}
    population.ids["entry"] = [one(session, "list_audit", newest, big.id)["entry_id"]]
    filler.fill(tiny, 60)
    tokens = [f"tkn_{number}_{random.getrandbits(200):050x}" for number in range(BIG_MEMBERS)]
    population.secrets += tokens[:SECRETS]
    issued: list[Params] = [
        {"member_id": member, "token": token, "created_at": EPOCH}
        for member, token in zip(big.members, tokens, strict=True)
    ]
    checked(session.call_many("issue_api_token", issued, tenant=big.id), BIG_MEMBERS, "issue_api_token")


def _rare(session: ContractSession, big: Stored, population: Population) -> None:
    """The oldest tasks of the big project: cancelled, one assignee, a history of changes."""
    rare = big.members[-1]
    made: list[Params] = [
        _task(big.projects[0], f"Old task {number}", rare, big.members[0], EPOCH + timedelta(seconds=number // 2))
        for number in range(RARE_TASKS)
    ]
    rows = checked(session.call_many("create_task", made, tenant=big.id), len(made), "create_task")
    population.ids["rare"] = [row["task_id"] for row in rows]
    edits: list[Params] = []
    for status in ("todo", "in_progress", "todo", "cancelled"):
        for number, row in enumerate(rows):
            edits.append(
                {
                    "task_id": row["task_id"],
                    "title": f"Old task {number}",
                    "status": status,
                    "priority": 3,
                    "assignee_id": rare,
                    "due_on": None,
                    "completed_at": None,
                    "actor_id": big.members[0],
                    "occurred_at": EPOCH + timedelta(seconds=100 + len(edits)),
                }
            )
    checked(session.call_many("update_task", edits, tenant=big.id), len(edits), "update_task")
    said: list[Params] = [
        {
            "task_id": rows[0]["task_id"],
            "author_id": rare,
            "body": f"First words {number}",
            "created_at": EPOCH + timedelta(seconds=number // 2),
        }
        for number in range(RARE_TASKS)
    ]
    checked(session.call_many("add_comment", said, tenant=big.id), len(said), "add_comment")
    population.rows += len(made) * 2 + len(edits) + len(said)


class _Filler:
    """Adds tasks and comments in the order of time, a few thousand calls pipelined."""

    def __init__(self, session: ContractSession, random: Random, population: Population) -> None:
        self.session = session
        self.random = random
        self.population = population
        self.stored = 0
        self._clock = EPOCH + timedelta(days=1, seconds=population.rows)

    def fill(self, stored: Stored, rows: int) -> None:
        """Three parts tasks, three parts their audit entries, four parts comments."""
        made = [self._new_task(stored) for _ in range(max(1, int(rows * 0.3)))]
        ids = [row["task_id"] for row in self._store(stored, "create_task", made)]
        if len(stored.projects) == BIG_PROJECTS:
            self.population.ids["position"] += [
                (params["created_at"], task)
                for params, task in zip(made, ids, strict=True)
                if params["project_id"] == stored.projects[0]
            ]
        hot = self.population.ids["rare"][0] if len(stored.projects) == BIG_PROJECTS else ids[0]
        said = [self._new_comment(stored, ids, hot) for _ in range(int(rows * 0.4))]
        comments = self._store(stored, "add_comment", said)
        self.population.ids["hot_comment"] += [
            (params["created_at"], row["comment_id"])
            for params, row in zip(said, comments, strict=True)
            if params["task_id"] == self.population.ids["rare"][0]
        ]

    def _new_task(self, stored: Stored) -> Params:
        project = stored.projects[0] if self.random.random() < 0.7 else self.random.choice(stored.projects)
        members = stored.members[:-1]
        chance = self.random.random()
        assignee = members[0] if chance < 0.4 else self.random.choice(members[:8]) if chance < 0.7 else None
        return _task(project, f"Task {self.random.random():.6f}", assignee, self.random.choice(members), self._now())

    def _new_comment(self, stored: Stored, tasks: list[Value], hot: Value) -> Params:
        return {
            "task_id": hot if self.random.random() < 0.3 else self.random.choice(tasks),
            "author_id": self.random.choice(stored.members[:-1]),
            "body": f"Remark {self.random.random():.12f} " * 3,
            "created_at": self._now(),
        }

    def _now(self) -> datetime:
        """Time passes, but not with every call: times repeat."""
        self._clock += timedelta(seconds=self.random.randrange(2))
        return self._clock

    def _store(self, stored: Stored, query: str, many: list[Params]) -> list[dict[str, Value]]:
        results = self.session.call_many(query, many, tenant=stored.id, per_transaction=CHUNK)
        self.stored += len(many) * (2 if query == "create_task" else 1)
        return checked(results, len(many), query)


def _probes(population: Population) -> list[Probe]:
    big: Stored = population.ids["workspace"][0]
    tiny: Stored = population.ids["tiny"][0]
    rare: list[Value] = population.ids["rare"]
    project, heavy, quiet = big.projects[0], big.members[0], big.members[-1]
    first = {"before_created_at": None, "before_task_id": None, "page_size": PAGE}
    # Just after the rare tasks in time, so nearly at the end of every list that is newest first.
    deep = [
        {"before_created_at": EPOCH + timedelta(hours=hour), "before_task_id": rare[0], "page_size": PAGE}
        for hour in (2, 1)
    ]
    middle = [
        {"before_created_at": when, "before_task_id": task, "page_size": PAGE}
        for when, task in _middle(population.ids["position"])
    ]
    audit_first = {"before_occurred_at": None, "before_entry_id": None, "page_size": PAGE}
    audit_deep = [
        {
            "before_occurred_at": page["before_created_at"],
            "before_entry_id": population.ids["entry"][0],
            "page_size": PAGE,
        }
        for page in middle
    ]
    comments_first = {"after_created_at": None, "after_comment_id": None, "page_size": PAGE}
    comments_deep = [
        {"after_created_at": when, "after_comment_id": comment, "page_size": PAGE}
        for when, comment in _middle(population.ids["hot_comment"])
    ]
    tasks, mine = {"project_id": project, "status": None}, {"assignee_id": heavy}
    said = {"task_id": rare[0]}
    several: list[tuple[str, str, list[Params], int]] = [
        ("list_project_tasks", "first page", [tasks | first, tasks | first], PAGE),
        ("list_project_tasks", "deep page", [tasks | deep[0], tasks | deep[1]], PAGE),
        ("list_project_tasks", "middle page", [tasks | page for page in middle], PAGE),
        ("list_project_tasks", "rare status", [tasks | first | {"status": "cancelled"}] * 2, PAGE),
        ("list_member_tasks", "first page", [mine | first, mine | first], PAGE),
        ("list_member_tasks", "few tasks", [first | {"assignee_id": quiet}] * 2, PAGE),
        ("list_member_tasks", "middle page", [mine | page for page in middle], PAGE),
        ("list_comments", "first page", [said | comments_first, said | comments_first], PAGE),
        ("list_comments", "middle page", [said | comments_deep[0], said | comments_deep[1]], PAGE),
        ("list_audit", "first page", [audit_first | {"subject": None}] * 2, PAGE),
        ("list_audit", "middle page", [page | {"subject": None} for page in audit_deep], PAGE),
        ("list_audit", "one subject", [audit_first | {"subject": f"P0-{number}"} for number in (3, 4)], 5),
        ("get_task", "by key and number", [{"key": "P0", "number": number} for number in (7, 8)], 1),
        ("find_member", "by address", [{"email": f"W{number}@Example.test"} for number in (7, 8)], 1),
        ("authenticate_token", "by token", [{"token": token} for token in population.secrets[:2]], 1),
    ]
    probes = [
        Probe(query, f"{query}, {label}", warm, measured, tenant=big.id, min_rows=rows)
        for query, label, (warm, measured), rows in several
    ]
    overview = Probe("workspace_overview", "workspace_overview, small workspace", {}, {}, tenant=tiny.id, min_rows=3)
    return [*probes, overview]


def _middle(positions: list[tuple[datetime, Value]]) -> list[tuple[datetime, Value]]:
    """Two positions half-way: whoever reads all that is before, or all that is after, reads a lot."""
    return sorted(positions)[len(positions) // 2 :][:2]


def _task(project: Value, title: str, assignee: Value, actor: Value, when: datetime) -> Params:
    return {
        "project_id": project,
        "title": title,
        "priority": 2,
        "assignee_id": assignee,
        "due_on": None,
        "actor_id": actor,
        "created_at": when,
    }


def _uuid(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)


def _refused(query: str, result: CallResult) -> NoReturn:
    got = f"error {result.sqlstate} {result.message}" if result.refused else f"{len(result.rows)} rows"
    raise Violation(query, expected="one row", actual=got)

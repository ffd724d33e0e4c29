"""Attempts to store what must not be stored, and to lose what must be kept."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from uuid import UUID

from scorers.database_schema.oracle import IntegrityCase
from scorers.database_schema.oracles.multi_tenant_saas.direct_sql import (
    app_user_can_change,
    tables_holding,
)
from scorers.database_schema.oracles.multi_tenant_saas.model import (
    BAD_COMPLETION,
    BAD_PRIORITY,
    BAD_ROLE,
    EPOCH,
    MALFORMED,
    MISSING,
    TAKEN,
    UNKNOWN_MEMBER,
    UNKNOWN_TARGET,
    UNREGISTERED,
    unknown_id,
    workspace_id,
)
from scorers.database_schema.oracles.multi_tenant_saas.population import new_workspace, one
from scorers.database_schema.session import ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

LATER = EPOCH + timedelta(hours=1)


class Desk:
    """A workspace with two members, two projects and two tasks to try things on."""

    def __init__(self, session: ContractSession) -> None:
        self.session = session
        self.tenant: UUID = workspace_id(0)
        stored = new_workspace(session, self.tenant, members=2, projects=2)
        self.members, self.projects = stored.members, stored.projects
        self.task = self.add_task("First")
        self.other_task = self.add_task("Second")

    def good(self, query: str) -> Params:
        """Parameters with which `query` succeeds."""
        actor = self.members[0]
        task: Params = {"title": "T", "priority": 2, "assignee_id": None, "due_on": None, "actor_id": actor}
        params: dict[str, Params] = {
            "add_member": {"email": "new@x.example", "name": "N", "role": "guest", "created_at": EPOCH},
            "create_project": {"key": "NEW", "name": "N", "actor_id": actor, "created_at": EPOCH},
            "create_task": task | {"project_id": self.projects[0], "created_at": EPOCH},
            "update_task": task | {"task_id": self.task, "status": "todo", "completed_at": None, "occurred_at": LATER},
            "add_comment": {"task_id": self.task, "author_id": actor, "body": "B", "created_at": EPOCH},
            "set_project_archived": {
                "project_id": self.projects[1],
                "archived": True,
                "actor_id": actor,
                "occurred_at": LATER,
            },
            "delete_project": {"project_id": self.projects[1], "actor_id": actor, "occurred_at": LATER},
        }
        return params[query]

    def call(self, query: str, **changes: Value) -> list[dict[str, Value]]:
        """Call `query` with good parameters but for `changes`; it must not be refused."""
        result = self.session.call(query, self.good(query) | changes, tenant=self.tenant)
        if result.refused:
            raise Violation(query, expected="success", actual=f"error {result.sqlstate} {result.message}")
        return result.rows

    def refused(self, query: str, sqlstates: Sequence[str], changes: Params, *, or_no_row: bool = False) -> None:
        """Call `query` with good parameters but for `changes`; it must be turned away and change nothing."""
        before = self.state()
        result = self.session.call(query, self.good(query) | changes, tenant=self.tenant)
        wanted = f"SQLSTATE {' or '.join(sqlstates)}" + (", or no row" if or_no_row else "")
        shown = f"{query} with {changes!r}"
        if not result.refused and (result.rows or not or_no_row):
            raise Violation(shown, expected=wanted, actual=f"accepted, {len(result.rows)} rows")
        if result.refused and result.sqlstate not in sqlstates:
            raise Violation(shown, expected=wanted, actual=f"error {result.sqlstate} {result.message}")
        if self.state() != before:
            raise Violation(shown, expected=f"nothing changed: {before}", actual=f"{self.state()}")

    def state(self) -> list[list[dict[str, Value]]]:
        """What the workspace shows of itself."""
        first = {"before_created_at": None, "before_task_id": None, "page_size": 100}
        reads: list[tuple[str, Params]] = [
            ("workspace_overview", {}),
            ("list_audit", {"subject": None, "before_occurred_at": None, "before_entry_id": None, "page_size": 100}),
            *[("list_project_tasks", first | {"project_id": one, "status": None}) for one in self.projects],
            ("list_comments", {"task_id": self.task} | NO_CURSOR),
            ("find_member", {"email": "new@x.example"}),
        ]
        return [self.session.call(query, params, tenant=self.tenant).rows for query, params in reads]

    def add_task(self, title: str) -> Value:
        """A task in the first project."""
        params: Params = {
            "project_id": self.projects[0],
            "title": title,
            "priority": 1,
            "assignee_id": self.members[1],
            "due_on": None,
            "actor_id": self.members[0],
            "created_at": EPOCH,
        }
        return one(self.session, "create_task", params, self.tenant)["task_id"]


NO_CURSOR: Params = {"after_created_at": None, "after_comment_id": None, "page_size": 100}


def duplicates(desk: Desk) -> None:
    """Addresses in any spelling, even a deactivated member's; keys, even an archived project's."""
    desk.call("add_member", email="Taken@X.example")
    for spelling in ("Taken@X.example", "taken@x.example", "TAKEN@X.EXAMPLE"):
        desk.refused("add_member", TAKEN, {"email": spelling})
    params = {"member_id": desk.members[1], "deactivated_at": LATER}
    one(desk.session, "deactivate_member", params, desk.tenant)
    desk.refused("add_member", TAKEN, {"email": "W1@example.test"})
    desk.call("set_project_archived")
    desk.refused("create_project", TAKEN, {"key": "P1"})


def nulls(desk: Desk) -> None:
    """NULL where the contract has no question mark."""
    required = {
        "add_member": ("email", "name", "role", "created_at"),
        "create_project": ("key", "name"),
        "create_task": ("title", "priority", "created_at"),
        "update_task": ("title", "priority"),
        "add_comment": ("body",),
    }
    for query, names in required.items():
        for name in names:
            desk.refused(query, MISSING, {name: None})


def malformed(desk: Desk) -> None:
    """Blank, too long, malformed."""
    for blank in ("", "   "):
        for query, name in (
            ("add_member", "name"),
            ("create_project", "name"),
            ("create_task", "title"),
            ("update_task", "title"),
            ("add_comment", "body"),
        ):
            desk.refused(query, MALFORMED, {name: blank})
    desk.refused("add_member", MALFORMED, {"email": ""})
    desk.refused("add_member", MALFORMED, {"name": "n" * 101})
    desk.refused("create_project", MALFORMED, {"name": "ß" * 101})
    desk.refused("create_task", MALFORMED, {"title": "t" * 201})
    desk.refused("update_task", MALFORMED, {"title": "é" * 201})
    desk.refused("add_comment", MALFORMED, {"body": "b" * 10_001})
    for key in ("A", "ABCDEFGHIJK", "ops", "Ops", "1OPS", "O-S", "OPS ", " OPS", "OPS\n", "", "ÖPS"):
        desk.refused("create_project", MALFORMED, {"key": key})


def ranges(desk: Desk) -> None:
    """Priorities and roles that do not exist."""
    for priority in (0, 5, -1, 1000):
        desk.refused("create_task", BAD_PRIORITY, {"priority": priority})
        desk.refused("update_task", BAD_PRIORITY, {"priority": priority})
    for role in ("admin", "Owner", ""):
        desk.refused("add_member", BAD_ROLE, {"role": role})


def orphans(desk: Desk) -> None:
    """Nobody and nothing that the workspace does not have can be referred to."""
    nobody = unknown_id(desk.members[0])
    for query, name in (
        ("create_task", "assignee_id"),
        ("create_task", "actor_id"),
        ("update_task", "assignee_id"),
        ("update_task", "actor_id"),
        ("create_project", "actor_id"),
        ("set_project_archived", "actor_id"),
        ("delete_project", "actor_id"),
        ("add_comment", "author_id"),
    ):
        desk.refused(query, UNKNOWN_MEMBER, {name: nobody}, or_no_row=True)
    desk.refused("create_task", UNKNOWN_TARGET, {"project_id": unknown_id(desk.projects[0])}, or_no_row=True)
    desk.refused("add_comment", UNKNOWN_TARGET, {"task_id": unknown_id(desk.task)}, or_no_row=True)
    result = desk.session.call("add_member", desk.good("add_member"), tenant=workspace_id(99))
    if result.rows or (result.refused and result.sqlstate not in UNREGISTERED):
        got = f"error {result.sqlstate} {result.message}" if result.refused else "a member"
        raise Violation("add_member in a workspace never registered", expected="no row or a refusal", actual=got)


def impossible_states(desk: Desk) -> None:
    """Completion exactly when done, and never before creation."""
    at = EPOCH + timedelta(minutes=5)
    for status in ("todo", "in_progress", "cancelled"):
        desk.refused("update_task", BAD_COMPLETION, {"status": status, "completed_at": at})
    desk.call("update_task", status="in_progress")
    desk.refused("update_task", BAD_COMPLETION, {"status": "done", "completed_at": None})
    desk.refused("update_task", BAD_COMPLETION, {"status": "done", "completed_at": EPOCH - timedelta(microseconds=1)})
    desk.call("update_task", status="done", completed_at=EPOCH)
    desk.refused("update_task", BAD_COMPLETION, {"status": "done", "completed_at": None})
    desk.refused("update_task", BAD_COMPLETION, {"status": "in_progress", "completed_at": at})


def deletes(desk: Desk) -> None:
    """A deleted project takes its texts along and leaves the audit trail."""
    mark = "Vanish7c1e"
    desk.call("create_task", project_id=desk.projects[1], title=f"{mark} title")
    task = one(desk.session, "get_task", {"key": "P1", "number": 1}, desk.tenant)["task_id"]
    desk.call("add_comment", task_id=task, body=f"{mark} body")
    desk.call("add_comment", body="stays")
    trail = _audit(desk)
    desk.call("delete_project")
    after = _audit(desk)
    if after[1:] != trail or after[0]["action"] != "project.deleted":
        raise Violation("list_audit after delete_project", expected=f"one entry above {trail}", actual=f"{after}")
    holding = tables_holding(desk.session, mark)
    if holding:
        raise Violation("delete_project", expected=f"{mark!r} nowhere in the database", actual=f"still in {holding}")
    kept = desk.session.call("list_comments", {"task_id": desk.task} | NO_CURSOR, tenant=desk.tenant).rows
    if [row["body"] for row in kept] != ["stays"]:
        raise Violation("delete_project", expected="other projects' comments kept", actual=repr(kept))
    project = one(desk.session, "create_project", desk.good("create_project") | {"key": "P1"}, desk.tenant)
    again = one(
        desk.session, "create_task", desk.good("create_task") | {"project_id": project["project_id"]}, desk.tenant
    )
    if again["number"] != 1:
        raise Violation("create_task in a new project", expected="number 1", actual=f"number {again['number']}")


def append_only_audit(desk: Desk) -> None:
    """By direct SQL as well."""
    before = _audit(desk)
    changed = app_user_can_change(desk.session, desk.tenant, "project.created", before, lambda: _audit(desk))
    if changed:
        raise Violation(f"app_user ran {changed!r}", expected="the audit trail as before", actual="another one")


CASES: dict[str, Callable[[Desk], None]] = {
    "duplicates": duplicates,
    "nulls": nulls,
    "malformed texts": malformed,
    "ranges": ranges,
    "orphans": orphans,
    "impossible states": impossible_states,
    "deletes": deletes,
    "append-only audit": append_only_audit,
}


def integrity_cases() -> list[IntegrityCase]:
    """One case for each clause."""
    return [IntegrityCase(name, name, _case(attempt)) for name, attempt in CASES.items()]


def _case(attempt: Callable[[Desk], None]) -> Callable[[ContractSession, Random], None]:
    def run(session: ContractSession, random: Random) -> None:
        del random
        attempt(Desk(session))

    return run


def _audit(desk: Desk) -> list[dict[str, Value]]:
    params = {"subject": None, "before_occurred_at": None, "before_entry_id": None, "page_size": 1000}
    return desk.session.call("list_audit", params, tenant=desk.tenant).rows

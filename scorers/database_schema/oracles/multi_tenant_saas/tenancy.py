"""One workspace's data under marked names, and attempts to reach it from another workspace."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from scorers.database_schema.oracle import CrossReference, Population
from scorers.database_schema.oracles.multi_tenant_saas.model import EPOCH
from scorers.database_schema.oracles.multi_tenant_saas.population import one
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value

LATER = EPOCH + timedelta(days=3)
PAGE: Params = {"page_size": 50}
FIRST_TASKS: Params = PAGE | {"before_created_at": None, "before_task_id": None}
FIRST_COMMENTS: Params = PAGE | {"after_created_at": None, "after_comment_id": None}
FIRST_ENTRIES: Params = PAGE | {"before_occurred_at": None, "before_entry_id": None}


def register(session: ContractSession, tenant: Value, name: str) -> None:
    """Make a workspace with nothing in it."""
    params = {"workspace_id": tenant, "name": name, "created_at": EPOCH}
    one(session, "register_workspace", params, tenant)


def populate(session: ContractSession, random: Random, tenant: Value) -> Population:
    """Register the workspace and store two of everything, each text with the workspace's marker in it."""
    marker = f"Q{random.getrandbits(32):08X}"
    token = f"tkn_{marker}_{random.getrandbits(160):040x}"
    found = Population(markers=[marker], secrets=[token])
    register(session, tenant, f"Workspace {marker}")

    def call(query: str, params: Params) -> dict[str, Value]:
        found.rows += 1
        return one(session, query, params, tenant)

    people: list[Params] = [
        {"email": f"{name}.{marker}@example.test", "name": f"{name} {marker}", "role": role, "created_at": EPOCH}
        for name, role in (("ann", "owner"), ("bob", "guest"))
    ]
    members = [call("add_member", params)["member_id"] for params in people]
    call("issue_api_token", {"member_id": members[0], "token": token, "created_at": EPOCH})
    keys = [marker, f"{marker[:-1]}Z"]
    found.markers.append(keys[1])
    projects = [
        call("create_project", {"key": key, "name": f"Project {key}", "actor_id": members[0], "created_at": EPOCH})[
            "project_id"
        ]
        for key in keys
    ]
    made = [
        call("create_task", _task(project, members[1], members[0], f"Task {marker} {number}"))
        for number, project in enumerate([projects[0], projects[0], projects[1]])
    ]
    tasks = [row["task_id"] for row in made]
    call("update_task", _change(tasks[0], members[1], members[0], f"Changed {marker}"))
    comments = [
        call("add_comment", {"task_id": task, "author_id": members[1], "body": f"Says {marker}", "created_at": EPOCH})[
            "comment_id"
        ]
        for task in tasks
    ]
    found.ids = {
        "member": members,
        "project": projects,
        "task": tasks,
        "comment": comments,
        "key": keys,
        "subject": [f"{keys[0]}-{made[0]['number']}", f"{keys[0]}-{made[1]['number']}", keys[0]],
        "email": [str(params["email"]) for params in people],
    }
    return found


def reads(session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
    """Every reading query, with each id of `population`; lists are read from the start."""
    ids = population.ids
    calls: list[tuple[str, Params]] = [
        ("workspace_overview", {}),
        ("list_audit", FIRST_ENTRIES | {"subject": None}),
        *[("list_audit", FIRST_ENTRIES | {"subject": subject}) for subject in ids["subject"]],
        *[("find_member", {"email": email}) for email in ids["email"]],
        *[("authenticate_token", {"token": token}) for token in population.secrets],
        *[("get_task", {"key": key, "number": number}) for key in ids["key"] for number in (1, 2)],
        *[
            ("list_project_tasks", FIRST_TASKS | {"project_id": project, "status": status})
            for project in ids["project"]
            for status in (None, "todo", "in_progress")
        ],
        *[("list_member_tasks", FIRST_TASKS | {"assignee_id": member}) for member in ids["member"]],
        *[("list_comments", FIRST_COMMENTS | {"task_id": task}) for task in ids["task"]],
    ]
    return [session.call(query, params, tenant=tenant) for query, params in calls]


def writes(session: ContractSession, tenant: Value, population: Population) -> list[CallResult]:
    """Every changing query against each id of `population`, in the name of a new member of `tenant`."""
    ids = population.ids
    marked = "written by another workspace"
    newcomer: Params = {"email": f"new.{tenant}@example.test", "name": "New", "role": "owner", "created_at": LATER}
    joined = session.call("add_member", newcomer, tenant=tenant)
    actor = joined.rows[0]["member_id"] if joined.rows else ids["member"][0]
    act: Params = {"actor_id": actor, "occurred_at": LATER}
    calls: list[tuple[str, Params]] = []
    for number, member in enumerate(ids["member"]):
        token = f"tkn_{tenant}_{number}_intruder"
        calls.append(("issue_api_token", {"member_id": member, "token": token, "created_at": LATER}))
    for task in ids["task"]:
        change = _change(task, actor, actor, marked)
        calls += [("update_task", change), ("update_task", change | {"assignee_id": None, "status": "todo"})]
        calls.append(("add_comment", {"task_id": task, "author_id": actor, "body": marked, "created_at": LATER}))
    for project in ids["project"]:
        calls.append(("create_task", _task(project, actor, actor, marked)))
        calls.append(("create_task", _task(project, None, actor, marked)))
        calls += [("set_project_archived", act | {"project_id": project, "archived": flag}) for flag in (True, False)]
    calls.append(("create_project", {"key": "INTRUDER", "name": marked, "actor_id": actor, "created_at": LATER}))
    calls += [("deactivate_member", {"member_id": member, "deactivated_at": LATER}) for member in ids["member"]]
    calls += [("delete_project", act | {"project_id": project}) for project in ids["project"]]
    return [joined, *[session.call(query, params, tenant=tenant) for query, params in calls]]


def _tie(query: str, build: Callable[[Population, Population], Params]) -> Callable[..., CallResult]:
    def run(session: ContractSession, own: Value, other: Value, populations: dict[Value, Population]) -> CallResult:
        return session.call(query, build(populations[own], populations[other]), tenant=own)

    return run


def _first(population: Population, kind: str) -> Value:
    return population.ids[kind][0]


def _comment(task: Value, author: Value) -> Params:
    return {"task_id": task, "author_id": author, "body": "tied", "created_at": LATER}


CROSS_REFERENCES = [
    CrossReference(
        "a task assigned to another workspace's member",
        _tie(
            "create_task",
            lambda own, other: _task(_first(own, "project"), _first(other, "member"), _first(own, "member"), "tied"),
        ),
    ),
    CrossReference(
        "a task in another workspace's project",
        _tie("create_task", lambda own, other: _task(_first(other, "project"), None, _first(own, "member"), "tied")),
    ),
    CrossReference(
        "a task made by another workspace's member",
        _tie("create_task", lambda own, other: _task(_first(own, "project"), None, _first(other, "member"), "tied")),
    ),
    CrossReference(
        "a task handed over to another workspace's member",
        _tie(
            "update_task",
            lambda own, other: _change(_first(own, "task"), _first(other, "member"), _first(own, "member"), "tied"),
        ),
    ),
    CrossReference(
        "a change made by another workspace's member",
        _tie(
            "update_task",
            lambda own, other: _change(_first(own, "task"), None, _first(other, "member"), "tied"),
        ),
    ),
    CrossReference(
        "a comment on another workspace's task",
        _tie("add_comment", lambda own, other: _comment(_first(other, "task"), _first(own, "member"))),
    ),
    CrossReference(
        "a comment by another workspace's member",
        _tie("add_comment", lambda own, other: _comment(_first(own, "task"), _first(other, "member"))),
    ),
    CrossReference(
        "a project founded by another workspace's member",
        _tie(
            "create_project",
            lambda _, other: {
                "key": "TIED",
                "name": "tied",
                "actor_id": _first(other, "member"),
                "created_at": LATER,
            },
        ),
    ),
    CrossReference(
        "a token for another workspace's member",
        _tie(
            "issue_api_token",
            lambda own, other: {
                "member_id": _first(other, "member"),
                "token": f"tkn_tied_{own.markers[0]}_{other.markers[0]}",
                "created_at": LATER,
            },
        ),
    ),
]


def _task(project: Value, assignee: Value, actor: Value, title: str) -> Params:
    return {
        "project_id": project,
        "title": title,
        "priority": 3,
        "assignee_id": assignee,
        "due_on": date(2026, 4, 1),
        "actor_id": actor,
        "created_at": EPOCH,
    }


def _change(task: Value, assignee: Value, actor: Value, title: str) -> Params:
    return {
        "task_id": task,
        "title": title,
        "status": "in_progress",
        "priority": 1,
        "assignee_id": assignee,
        "due_on": None,
        "completed_at": None,
        "actor_id": actor,
        "occurred_at": LATER,
    }

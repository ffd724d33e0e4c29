"""Rules that change projects, tasks and comments, with what the contract says about the outcome."""

from datetime import date, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from scorers.database_schema.oracles.multi_tenant_saas.machine_members import MemberMachine, names, numbers, times
from scorers.database_schema.oracles.multi_tenant_saas.model import (
    BAD_MOVE,
    STATUSES,
    TAKEN,
    UNKNOWN_TARGET,
    Comment,
    Member,
    Project,
    Task,
    Workspace,
    may_move,
    moment,
    pick,
)
from scorers.database_schema.session import Params

TITLES = ["Fix it", " spaces kept ", "日本語 ✓", "back\\slash 'q'", "t" * 200, "é" * 200, "42"]
BODIES = ["ok", "line\nline\r\n\ttab", "🎉" * 40, "b" * 10_000, " lead and trail ", "'; DROP --"]
KEYS = ["OPS", "OPS2", "AB", "ZZ9999ZZZZ", "Q1"]
titles, bodies, keys = st.sampled_from(TITLES), st.sampled_from(BODIES), st.sampled_from(KEYS)


class WritingMachine(MemberMachine):
    """Calls that change projects, tasks and comments."""

    @initialize()
    def two_workspaces(self) -> None:
        """Start with two workspaces that look alike, times repeating in both."""
        if self.idle:
            return
        for _ in range(2):
            workspace = self.open_workspace()
            self.join(workspace, "ann@x.example", "Ann", "owner", 0)
            self.found_project(workspace, "OPS", "Operations", workspace.members[0], 0)
            for number, at in enumerate((1, 0, 1, 1, 2)):
                self.add_task(workspace, workspace.projects[0], f"Task {number}", 1, number, None, at)
            for at in (1, 0, 1, 1):
                self.say(workspace, workspace.tasks[1], workspace.members[0], "First words", at)

    @rule(number=numbers, key=keys, name=names, who=numbers, at=times)
    def create_project(self, number: int, key: str, name: str, who: int, at: int) -> None:
        """A new key, or one that is taken."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        actor = pick(workspace.members, who)
        if workspace.project_by_key(key):
            params = {"key": key, "name": name, "actor_id": actor.id, "created_at": moment(at)}
            self.expect_refusal("create_project", params, TAKEN, tenant=workspace.id)
        else:
            self.found_project(workspace, key, name, actor, at)

    @rule(number=numbers, which=numbers, archived=st.booleans(), who=numbers, at=times)
    def set_archived(self, *, number: int, which: int, archived: bool, who: int, at: int) -> None:
        """Archive or restore; the second time nothing happens."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        actor = pick(workspace.members, who)
        params = {"archived": archived, "actor_id": actor.id, "occurred_at": moment(at)}
        project = self.some_project(workspace, which)
        if project is None or which % 9 == 8:
            params["project_id"] = self.unknown("project")
            self.expect_not_accepted("set_project_archived", params, workspace)
            return
        params["project_id"] = project.id
        if project.archived == archived:
            self.expect_rows("set_project_archived", params, [], tenant=workspace.id)
            return
        self.expect_rows("set_project_archived", params, [{"project_id": project.id}], tenant=workspace.id)
        project.archived = archived
        action = "project.archived" if archived else "project.restored"
        self.record(workspace, moment(at), actor.id, action, project.key)

    @rule(number=numbers, which=numbers, who=numbers, at=times)
    def delete_project(self, number: int, which: int, who: int, at: int) -> None:
        """Delete a project, and again; or none."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        actor = pick(workspace.members, who)
        params = {"actor_id": actor.id, "occurred_at": moment(at)}
        project = self.some_project(workspace, which)
        if project is None or which % 3 != 1:
            self.expect_not_accepted("delete_project", params | {"project_id": self.unknown("project")}, workspace)
            return
        gone = params | {"project_id": project.id}
        self.expect_rows("delete_project", gone, [{"project_id": project.id}], tenant=workspace.id)
        workspace.projects.remove(project)
        self.record(workspace, moment(at), actor.id, "project.deleted", project.key)
        self.expect_not_accepted("delete_project", gone, workspace)

    @rule(number=numbers, which=numbers, priority=st.integers(1, 4), title=titles, at=times)
    def create_task(self, number: int, which: int, priority: int, title: str, at: int) -> None:
        """One task."""
        self.create_tasks(number, which, [(title, priority, which, at)], None)

    @rule(
        number=numbers,
        which=numbers,
        made=st.lists(st.tuples(titles, st.integers(1, 4), numbers, times), min_size=1, max_size=4),
        due=st.one_of(st.none(), st.dates(date(1999, 12, 31), date(2100, 1, 1))),
    )
    def create_tasks(self, number: int, which: int, made: list[tuple[str, int, int, int]], due: date | None) -> None:
        """Several tasks in one project, which may be archived or gone."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        project = self.some_project(workspace, which)
        if project is None:
            actor = workspace.members[0]
            params = _new_task(self.unknown("project"), "x", 1, None, None, actor, 0)
            self.expect_not_accepted("create_task", params, workspace)
            return
        for title, priority, who, at in made:
            self.add_task(workspace, project, title, priority, who, due, at)

    @rule(
        number=numbers,
        which=numbers,
        title=titles,
        status=st.sampled_from([*STATUSES, *STATUSES, *STATUSES, "blocked"]),
        who=numbers,
        priority=st.integers(1, 4),
        at=times,
    )
    def update_task(self, number: int, which: int, title: str, status: str, who: int, priority: int, at: int) -> None:
        """Any change of a task; moves that are not allowed among them."""
        workspace = self.workspace(number)
        if workspace is not None:
            task = None if which % 11 == 10 else self.some_task(workspace, which)
            self.change_task(workspace, task, title, status, who, priority, at)

    def change_task(
        self, workspace: Workspace, task: Task | None, title: str, status: str, who: int, priority: int, at: int
    ) -> None:
        """Change a task, or be turned away; no task stands for one that is unknown."""
        actor = pick(workspace.members, who)
        assignee = None if who % 3 == 0 else pick(workspace.members, who + 1)
        params: Params = {
            "title": title,
            "status": status,
            "priority": priority,
            "assignee_id": assignee.id if assignee else None,
            "due_on": None if at % 2 else date(2026, 5, 1 + at),
            "completed_at": None,
            "actor_id": actor.id,
            "occurred_at": moment(at),
        }
        if task is None:
            missing = params | {"task_id": self.unknown("task")}
            self.expect_not_accepted("update_task", missing, workspace, [*UNKNOWN_TARGET, *BAD_MOVE])
            return
        params["task_id"] = task.id
        if status == "done":
            params["completed_at"] = task.created_at + timedelta(seconds=at)
        if not may_move(task.status, status):
            self.expect_not_accepted("update_task", params, workspace, BAD_MOVE)
            return
        self.expect_rows("update_task", params, [{"task_id": task.id}], tenant=workspace.id)
        task.title, task.status, task.priority, task.assignee = title, status, priority, assignee
        task.due_on, task.completed_at = params["due_on"], params["completed_at"]
        self.record(workspace, moment(at), actor.id, "task.updated", task.subject, status)

    @rule(number=numbers, which=numbers, said=st.lists(st.tuples(bodies, numbers, times), min_size=1, max_size=4))
    def add_comments(self, number: int, which: int, said: list[tuple[str, int, int]]) -> None:
        """Several comments on one task, or on none."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        task = self.some_task(workspace, which)
        for body, who, at in said:
            author = pick(workspace.members, who)
            if task is None:
                params = {"author_id": author.id, "body": body, "created_at": moment(at)}
                missing = params | {"task_id": self.unknown("task")}
                self.expect_not_accepted("add_comment", missing, workspace)
                return
            self.say(workspace, task, author, body, at)

    def say(self, workspace: Workspace, task: Task, author: Member, body: str, at: int) -> None:
        """Comment on a task."""
        params = {"task_id": task.id, "author_id": author.id, "body": body, "created_at": moment(at)}
        row = self.expect_row("add_comment", params, tenant=workspace.id)
        task.comments.append(Comment(row["comment_id"], author, body, moment(at)))

    def found_project(self, workspace: Workspace, key: str, name: str, actor: Member, at: int) -> None:
        """Create a project whose key is free."""
        params = {"key": key, "name": name, "actor_id": actor.id, "created_at": moment(at)}
        row = self.expect_row("create_project", params, tenant=workspace.id)
        self.note_id("project", row["project_id"])
        workspace.projects.append(Project(row["project_id"], key, name))
        self.record(workspace, moment(at), actor.id, "project.created", key)

    def add_task(
        self, workspace: Workspace, project: Project, title: str, priority: int, who: int, due: date | None, at: int
    ) -> None:
        """Create a task, or be turned away where the project is archived."""
        actor = pick(workspace.members, who)
        assignee = None if who % 3 == 0 else pick(workspace.members, who + 1)
        params = _new_task(project.id, title, priority, assignee, due, actor, at)
        if project.archived:
            project.slack += self.expect_not_accepted("create_task", params, workspace, UNKNOWN_TARGET).refused
            return
        row = self.expect_row("create_task", params, tenant=workspace.id)
        number, lowest, highest = row["number"], project.last_number + 1, project.last_number + 1 + project.slack
        if not lowest <= number <= highest:
            self.fail("create_task", f"number {lowest}" + (f" to {highest}" if project.slack else ""), f"{number}")
        self.note_id("task", row["task_id"])
        task = Task(row["task_id"], project, number, title, priority, assignee, due, moment(at))
        project.last_number, project.slack = number, 0
        project.tasks.append(task)
        self.record(workspace, moment(at), actor.id, "task.created", task.subject)


def _new_task(
    project_id: object, title: str, priority: int, assignee: Member | None, due: date | None, actor: Member, at: int
) -> Params:
    return {
        "project_id": project_id,
        "title": title,
        "priority": priority,
        "assignee_id": assignee.id if assignee else None,
        "due_on": due,
        "actor_id": actor.id,
        "created_at": moment(at),
    }

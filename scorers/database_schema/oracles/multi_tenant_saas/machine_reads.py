"""Rules that read."""

from collections import Counter

from hypothesis import strategies as st
from hypothesis.stateful import rule

from scorers.database_schema.oracles.multi_tenant_saas.machine_members import emails, numbers
from scorers.database_schema.oracles.multi_tenant_saas.machine_writes import WritingMachine
from scorers.database_schema.oracles.multi_tenant_saas.model import (
    STATUSES,
    Entry,
    Member,
    Project,
    Task,
    Workspace,
    pick,
)

page_sizes = st.sampled_from([1, 2, 3, 5, 100])
TASK_CURSOR = ("before_created_at", "before_task_id")
TASK_COLUMNS = ("created_at", "task_id")


class ReadingMachine(WritingMachine):
    """Calls of the reading queries, compared with the model."""

    @rule(number=numbers, email=emails)
    def find_member(self, number: int, email: str) -> None:
        """Look somebody up, in any spelling."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        member = workspace.member_by_email(email)
        expected = [_member_row(member)] if member else []
        self.expect_rows("find_member", {"email": email}, expected, tenant=workspace.id)

    @rule(number=numbers, who=numbers)
    def authenticate(self, number: int, who: int) -> None:
        """Ask whose tokens these are: a current one and old ones."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        token = pick(workspace.members, who).token or "tkn_nobody"
        self.compare_token(workspace, token)
        for old in range(1, self.tokens + 1, 3):
            self.compare_token(workspace, f"tkn_{old:04d}_Zk3vRq8LmX2nYw5uTs7eBh9aCd4fGj6p")

    @rule(number=numbers, which=numbers)
    def get_task(self, number: int, which: int) -> None:
        """Read a task by its human name, and ones that are not there."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        task = self.some_task(workspace, which)
        if task is not None:
            self.compare_task(workspace, task)
            beyond = {"key": task.project.key, "number": task.project.last_number + 1}
            self.expect_rows("get_task", beyond, [], tenant=workspace.id)
        self.expect_rows("get_task", {"key": "NONE", "number": 1}, [], tenant=workspace.id)

    @rule(number=numbers, which=numbers, status=st.sampled_from([None, None, *STATUSES]), page_size=page_sizes)
    def page_project(self, number: int, which: int, status: str | None, page_size: int) -> None:
        """Walk a project's tasks, and those of no project."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        first = {"status": status, "before_created_at": None, "before_task_id": None, "page_size": page_size}
        project = self.some_project(workspace, which)
        if project is not None:
            self.compare_project_tasks(workspace, project, status, page_size)
            no_status = first | {"project_id": project.id, "status": "blocked"}
            self.expect_not_accepted("list_project_tasks", no_status, workspace, ["22P02"])
        nowhere = first | {"project_id": self.unknown("project")}
        self.expect_rows("list_project_tasks", nowhere, [], tenant=workspace.id)

    @rule(number=numbers, who=numbers, page_size=page_sizes)
    def page_member(self, number: int, who: int, page_size: int) -> None:
        """Walk a member's tasks."""
        workspace = self.workspace(number)
        if workspace is not None:
            self.compare_member_tasks(workspace, pick(workspace.members, who), page_size)

    @rule(number=numbers, which=numbers, page_size=page_sizes)
    def page_comments(self, number: int, which: int, page_size: int) -> None:
        """Walk a task's comments."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        task = self.some_task(workspace, which)
        if task is not None:
            self.compare_comments(workspace, task, page_size)

    @rule(number=numbers, which=numbers, page_size=page_sizes)
    def page_audit(self, number: int, which: int, page_size: int) -> None:
        """Walk the audit trail, or the history of one subject."""
        workspace = self.workspace(number)
        if workspace is None:
            return
        subjects = [None, "OPS-", *[entry.subject for entry in workspace.audit]]
        self.compare_audit(workspace, pick(subjects, which), page_size)

    @rule(number=numbers)
    def overview(self, number: int) -> None:
        """Count."""
        workspace = self.workspace(number)
        if workspace is not None:
            self.compare_overview(workspace)

    def compare_all(self, workspace: Workspace) -> None:
        """Read the whole workspace and compare it with the model."""
        self.compare_overview(workspace)
        self.compare_audit(workspace, None, 7)
        for project in workspace.projects:
            self.compare_project_tasks(workspace, project, None, 3)
        for member in workspace.members:
            self.expect_rows("find_member", {"email": member.email}, [_member_row(member)], tenant=workspace.id)
            self.compare_member_tasks(workspace, member, 3)
        for task in workspace.tasks:
            self.compare_task(workspace, task)
            self.compare_comments(workspace, task, 3)

    def compare_overview(self, workspace: Workspace) -> None:
        """Projects by key, with their counts."""
        expected = [project.overview_row() for project in sorted(workspace.projects, key=lambda one: one.key)]
        self.expect_rows("workspace_overview", {}, expected, tenant=workspace.id)

    def compare_task(self, workspace: Workspace, task: Task) -> None:
        """A task by its human name."""
        params = {"key": task.project.key, "number": task.number}
        self.expect_rows("get_task", params, [task.full_row()], tenant=workspace.id)

    def compare_project_tasks(self, workspace: Workspace, project: Project, status: str | None, page_size: int) -> None:
        """All pages of a project's tasks."""
        tasks = [task for task in project.tasks if status in {None, task.status}]
        expected = [task.row() for task in sorted(tasks, key=lambda one: one.position, reverse=True)]
        actual = self.expect_pages(
            "list_project_tasks",
            {"project_id": project.id, "status": status},
            workspace,
            cursor=TASK_CURSOR,
            columns=TASK_COLUMNS,
            page_size=page_size,
            count=len(expected),
        )
        self.compare("list_project_tasks", expected, actual)

    def compare_member_tasks(self, workspace: Workspace, member: Member, page_size: int) -> None:
        """All pages of the tasks that a member is to do."""
        tasks = [task for task in workspace.tasks if task.assignee is member]
        expected = [task.member_row() for task in sorted(tasks, key=lambda one: one.position, reverse=True)]
        actual = self.expect_pages(
            "list_member_tasks",
            {"assignee_id": member.id},
            workspace,
            cursor=TASK_CURSOR,
            columns=TASK_COLUMNS,
            page_size=page_size,
            count=len(expected),
        )
        self.compare("list_member_tasks", expected, actual)

    def compare_comments(self, workspace: Workspace, task: Task, page_size: int) -> None:
        """All pages of a task's comments."""
        said = sorted(task.comments, key=lambda one: (one.created_at, one.id))
        expected = [comment.row() for comment in said]
        actual = self.expect_pages(
            "list_comments",
            {"task_id": task.id},
            workspace,
            cursor=("after_created_at", "after_comment_id"),
            columns=("created_at", "comment_id"),
            page_size=page_size,
            count=len(expected),
            ascending=True,
        )
        self.compare("list_comments", expected, actual)

    def compare_audit(self, workspace: Workspace, subject: str | None, page_size: int) -> None:
        """All pages of the audit trail. Which of two entries of one moment comes first, only the submission knows."""
        expected = Counter(entry for entry in workspace.audit if subject in {None, entry.subject})
        rows = self.expect_pages(
            "list_audit",
            {"subject": subject},
            workspace,
            cursor=("before_occurred_at", "before_entry_id"),
            columns=("occurred_at", "entry_id"),
            page_size=page_size,
            count=expected.total(),
        )
        actual = Counter(
            Entry(row["occurred_at"], row["actor_id"], row["action"], row["subject"], row["detail"]) for row in rows
        )
        if actual != expected:
            lacking, surplus = list((expected - actual).elements()), list((actual - expected).elements())
            self.fail("list_audit", f"{expected.total()} entries", f"missing {lacking!r}, surplus {surplus!r}")


def _member_row(member: Member) -> dict[str, object]:
    return {
        "member_id": member.id,
        "email": member.email,
        "name": member.name,
        "role": member.role,
        "deactivated_at": member.deactivated_at,
    }

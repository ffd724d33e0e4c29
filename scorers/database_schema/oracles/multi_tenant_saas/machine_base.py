"""What the rules of the tracker's state machine share: checked calls, and walks over all pages of a list."""

from datetime import datetime
from typing import NoReturn

from scorers.database_schema.oracles.multi_tenant_saas.model import (
    UNKNOWN_TARGET,
    Entry,
    Project,
    Task,
    Workspace,
    moment,
    pick,
    unknown_id,
    workspace_id,
)
from scorers.database_schema.session import CallResult, Params
from scorers.database_schema.stateful import ContractMachine
from scorers.database_schema.values import Value

Rows = list[dict[str, Value]]


class TrackerBase(ContractMachine):
    """The model, and calls that compare with it. Rules return at once while there is no workspace (an idle machine)."""

    def __init__(self) -> None:
        super().__init__()
        self.workspaces: list[Workspace] = []
        self.broken = False
        self.tokens = 0
        self.seen: dict[str, Value] = {}

    def fail(self, what: str, expected: str, actual: str) -> NoReturn:
        """Report a broken contract, and look no further in this example."""
        self.broken = True
        super().fail(what, expected, actual)

    def workspace(self, number: int) -> Workspace | None:
        """One of the workspaces."""
        return pick(self.workspaces, number) if self.workspaces and not self.idle else None

    def open_workspace(self) -> Workspace:
        """Register a workspace with an owner and a project `OPS`, the same names in each."""
        workspace = Workspace(workspace_id(len(self.workspaces)))
        params = {"workspace_id": workspace.id, "name": "Same name", "created_at": moment(0)}
        self.expect_rows("register_workspace", params, [{"workspace_id": workspace.id}], tenant=workspace.id)
        self.workspaces.append(workspace)
        return workspace

    def expect_not_accepted(
        self, query: str, params: Params, workspace: Workspace, sqlstates: list[str] = UNKNOWN_TARGET
    ) -> CallResult:
        """Call a query that must be refused with one of `sqlstates`, or change nothing and return no row."""
        result = self.call(query, params, tenant=workspace.id)
        if result.refused and result.sqlstate not in sqlstates:
            wanted = " or ".join(sqlstates)
            self.fail(query, f"no row, or SQLSTATE {wanted}", f"error {result.sqlstate} {result.message}")
        if result.rows:
            self.fail(query, "no row, or a refusal", repr(result.rows))
        return result

    def expect_pages(
        self,
        query: str,
        params: Params,
        workspace: Workspace,
        *,
        cursor: tuple[str, str],
        columns: tuple[str, str],
        page_size: int,
        count: int,
        ascending: bool = False,
    ) -> Rows:
        """Walk a list to its end and check that it is strictly ordered by `columns` across pages; return all rows.

        `count` is how many rows there should be: a walk that goes on past it is stopped.
        """
        rows: Rows = []
        position: tuple[Value, Value] = (None, None)
        while True:
            asked = params | dict(zip(cursor, position, strict=True)) | {"page_size": page_size}
            page = self.expect_success(query, asked, tenant=workspace.id).rows
            if len(page) > page_size:
                self.fail(query, f"at most {page_size} rows", f"{len(page)} rows")
            for row in page:
                here = (row[columns[0]], row[columns[1]])
                if position[0] is not None and (here <= position if ascending else here >= position):
                    order = "ascending" if ascending else "descending"
                    self.fail(query, f"{columns[0]}, {columns[1]} strictly {order}", f"{here} after {position}")
                position = here
            rows += page
            if len(page) < page_size:
                return rows
            if len(rows) > count:
                self.fail(query, f"{count} rows in all", f"more than that; so far {rows[-20:]!r}")

    def compare(self, query: str, expected: Rows, actual: Rows) -> None:
        """Fail unless the rows of a whole walk are as expected."""
        if actual != expected:
            missing = [row for row in expected if row not in actual]
            surplus = [row for row in actual if row not in expected]
            self.fail(query, f"{len(expected)} rows: {expected[:8]!r}", f"missing {missing!r}, surplus {surplus!r}")

    def record(
        self,
        workspace: Workspace,
        when: datetime,
        actor_id: Value,
        action: str,
        subject: str,
        detail: str | None = None,
    ) -> None:
        """Note an audit entry that the call must have left."""
        workspace.audit.append(Entry(when, actor_id, action, subject, detail))

    def compare_token(self, workspace: Workspace, token: str) -> None:
        """Whose token is it?"""
        owners = [one for one in workspace.members if one.token == token and one.deactivated_at is None]
        expected = [{"member_id": owner.id, "role": owner.role} for owner in owners]
        self.expect_rows("authenticate_token", {"token": token}, expected, tenant=workspace.id)

    def new_token(self) -> str:
        """A token never used before in this example."""
        self.tokens += 1
        return f"tkn_{self.tokens:04d}_Zk3vRq8LmX2nYw5uTs7eBh9aCd4fGj6p"

    def note_id(self, kind: str, value: Value) -> None:
        """Remember what ids of a kind look like: each kind may have a type of its own."""
        self.seen.setdefault(kind, value)

    def unknown(self, kind: str) -> Value:
        """An id of the kind (`member`, `project`, `task`) that the submission has not given out."""
        return unknown_id(self.seen[kind])

    def some_project(self, workspace: Workspace, number: int) -> Project | None:
        """One of the workspace's projects, if it has any."""
        return pick(workspace.projects, number) if workspace.projects else None

    def some_task(self, workspace: Workspace, number: int) -> Task | None:
        """One of the workspace's tasks, if it has any."""
        return pick(workspace.tasks, number) if workspace.tasks else None

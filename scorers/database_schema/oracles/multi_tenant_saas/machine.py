"""The whole state machine: rules by chance, a tour of all that must never be left to chance, and a look at everything."""

from scorers.database_schema.oracles.multi_tenant_saas.machine_members import EMAILS, NAMES
from scorers.database_schema.oracles.multi_tenant_saas.machine_reads import ReadingMachine
from scorers.database_schema.oracles.multi_tenant_saas.machine_writes import BODIES, KEYS, TITLES
from scorers.database_schema.oracles.multi_tenant_saas.model import STATUSES, Workspace

TOURS = 2
"""The first examples end with a tour: hypothesis may leave a rule out of all its examples."""

ROUTES = {"todo": [], "in_progress": ["in_progress"], "done": ["in_progress", "done"], "cancelled": ["cancelled"]}
"""How a new task gets to each status."""


class TrackerMachine(ReadingMachine):
    """Compares the tracker with its model; at the end of each example all of it."""

    def teardown(self) -> None:
        """Take the tour, compare everything once more, then drop the database."""
        try:
            if not (self.idle or self.broken) and self.workspaces:
                if self.run.examples <= TOURS:
                    self.tour()
                for workspace in self.workspaces:
                    self.compare_all(workspace)
        finally:
            super().teardown()

    def tour(self) -> None:
        """Every query, every kind of value, every move."""
        workspace = self.workspaces[0]
        self.tour_members()
        for number, key in enumerate(KEYS):
            self.create_project(number=0, key=key, name=NAMES[number], who=number, at=number)
            self.create_project(number=1, key=key, name=NAMES[number], who=0, at=number)
        self.set_archived(number=0, which=0, archived=False, who=0, at=4)
        self.tour_tasks(workspace)
        for archived in (True, True, False, False, True):
            self.set_archived(number=0, which=0, archived=archived, who=0, at=5)
            self.create_task(number=0, which=0, priority=2, title="In between", at=5)
        self.set_archived(number=0, which=8, archived=True, who=0, at=5)
        for page_size in (1, 2, 5):
            for status in (None, *STATUSES):
                self.page_project(number=0, which=0, status=status, page_size=page_size)
            self.page_member(number=0, who=0, page_size=page_size)
            self.page_comments(number=0, which=1, page_size=page_size)
            self.compare_audit(workspace, None, page_size)
            self.compare_audit(workspace, workspace.tasks[0].subject, page_size)
        for number in range(2):
            self.delete_project(number=0, which=1, who=number, at=6)
            self.overview(number=0)
        self.create_project(number=0, key="OPS", name="Again", who=0, at=6)
        self.create_task(number=0, which=len(workspace.projects) - 1, priority=1, title="One", at=6)
        self.register_again(number=0)

    def tour_members(self) -> None:
        """Members in every spelling; tokens given, replaced, and lost."""
        for number, email in enumerate(EMAILS):
            self.add_member(
                number=0, email=email, name=NAMES[number], role=("owner", "member", "guest")[number % 3], at=1
            )
            self.find_member(number=0, email=email)
        for number, name in enumerate(NAMES):
            self.add_member(number=0, email=f"x{number}@x.example", name=name, role="member", at=2)
        for who in (0, 1, 2, 6):
            self.issue_tokens(number=0, who=who, at=3)
            self.authenticate(number=0, who=who)
        for who in (1, 1, 6):
            self.deactivate(number=0, who=who, at=4)
        self.issue_tokens(number=0, who=1, at=5)
        self.authenticate(number=0, who=1)

    def tour_tasks(self, workspace: Workspace) -> None:
        """Titles, bodies, and each move from each status."""
        self.create_tasks(number=0, which=0, made=[(title, 3, who, 1) for who, title in enumerate(TITLES)], due=None)
        for before, route in ROUTES.items():
            for after in (*STATUSES, "blocked"):
                self.create_task(number=0, which=0, priority=4, title=f"{before} to {after}", at=2)
                task = workspace.projects[0].tasks[-1] if workspace.projects[0].tasks else None
                for status in [*route, after]:
                    self.change_task(workspace, task, "moved", status, 1, 2, 3)
        if workspace.tasks:
            for who in (2, 3):
                self.change_task(
                    workspace, workspace.tasks[0], "assigned, or not", workspace.tasks[0].status, who, 1, 1
                )
        self.change_task(workspace, None, "nothing", "todo", 0, 1, 1)
        self.add_comments(number=0, which=1, said=[(body, who, who % 3) for who, body in enumerate(BODIES)])

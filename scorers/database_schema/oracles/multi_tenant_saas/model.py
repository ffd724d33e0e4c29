"""What the tracker should hold: workspaces, members, projects, tasks, comments and audit entries, as plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid5

from scorers.database_schema.values import Value

T = TypeVar("T")

EPOCH = datetime(2026, 3, 1, 8, tzinfo=UTC)
"""The first moment of every made-up history."""

STATUSES = ("todo", "in_progress", "done", "cancelled")
MOVES = {
    ("todo", "in_progress"),
    ("todo", "cancelled"),
    ("in_progress", "todo"),
    ("in_progress", "done"),
    ("in_progress", "cancelled"),
    ("done", "in_progress"),
    ("cancelled", "todo"),
}

TAKEN = ["23505"]
MISSING = ["23502"]
MALFORMED = ["23514", "22001"]
BAD_ROLE = ["23514", "22P02"]
BAD_PRIORITY = ["23514"]
BAD_COMPLETION = ["23514"]
BAD_MOVE = ["23514", "22P02"]
UNKNOWN_TARGET = ["23503", "23514", "42501"]
UNKNOWN_MEMBER = ["23503", "42501"]
UNREGISTERED = ["23502", "23503", "23514", "42501"]
"""SQLSTATEs by case, as the prompt states them."""

_NAMESPACE = UUID("5d1b7a51-4c7d-4d0e-9f0f-0a3c7d1c9e55")


@dataclass
class Member:
    """Someone who belongs to a workspace."""

    id: Value
    email: str
    name: str
    role: str
    deactivated_at: datetime | None = None
    token: str | None = None


@dataclass
class Comment:
    """What somebody said about a task."""

    id: Value
    author: Member
    body: str
    created_at: datetime

    def row(self) -> dict[str, Value]:
        """As `list_comments` returns it."""
        return {"comment_id": self.id, "author_id": self.author.id, "body": self.body, "created_at": self.created_at}


@dataclass
class Project:
    """A project; `slack` counts the refused `create_task` calls since the last number given out."""

    id: Value
    key: str
    name: str
    archived: bool = False
    last_number: int = 0
    slack: int = 0
    tasks: list["Task"] = field(default_factory=list["Task"])

    def overview_row(self) -> dict[str, Value]:
        """As `workspace_overview` returns it."""
        counts = {status: sum(task.status == status for task in self.tasks) for status in STATUSES}
        return {"project_id": self.id, "key": self.key, "name": self.name, "archived": self.archived, **counts}


@dataclass
class Task:
    """A task of a project."""

    id: Value
    project: Project
    number: int
    title: str
    priority: int
    assignee: Member | None
    due_on: date | None
    created_at: datetime
    status: str = "todo"
    completed_at: datetime | None = None
    comments: list[Comment] = field(default_factory=list[Comment])

    @property
    def subject(self) -> str:
        """`OPS-12`."""
        return f"{self.project.key}-{self.number}"

    @property
    def position(self) -> tuple[datetime, Value]:
        """What pages of tasks are ordered by, descending."""
        return (self.created_at, self.id)

    def row(self) -> dict[str, Value]:
        """As `list_project_tasks` returns it."""
        return {
            "task_id": self.id,
            "number": self.number,
            "title": self.title,
            "status": self.status,
            "priority": self.priority,
            "assignee_id": self.assignee.id if self.assignee else None,
            "due_on": self.due_on,
            "created_at": self.created_at,
        }

    def full_row(self) -> dict[str, Value]:
        """As `get_task` returns it."""
        return self.row() | {"project_id": self.project.id, "completed_at": self.completed_at}

    def member_row(self) -> dict[str, Value]:
        """As `list_member_tasks` returns it."""
        row = self.row()
        return {"key": self.project.key} | {
            name: row[name] for name in ("task_id", "number", "title", "status", "created_at")
        }


@dataclass(frozen=True)
class Entry:
    """An audit entry; its id is the submission's secret until it is read."""

    occurred_at: datetime
    actor_id: Value
    action: str
    subject: str
    detail: str | None = None


@dataclass
class Workspace:
    """All that one tenant has."""

    id: UUID
    members: list[Member] = field(default_factory=list[Member])
    projects: list[Project] = field(default_factory=list[Project])
    audit: list[Entry] = field(default_factory=list[Entry])

    @property
    def tasks(self) -> list[Task]:
        """The tasks of all projects."""
        return [task for project in self.projects for task in project.tasks]

    def member_by_email(self, email: str) -> Member | None:
        """The member with this address in any spelling."""
        return next((member for member in self.members if member.email.lower() == email.lower()), None)

    def project_by_key(self, key: str) -> Project | None:
        """The project with this key."""
        return next((project for project in self.projects if project.key == key), None)


def may_move(old: str, new: str) -> bool:
    """Whether a task may go from one status to the other (or stay)."""
    return old == new or (old, new) in MOVES


def moment(seconds: int) -> datetime:
    """A time so many seconds after EPOCH, with a microsecond that rounding would lose."""
    return EPOCH + timedelta(seconds=seconds, microseconds=seconds % 3 * 7)


def workspace_id(number: int) -> UUID:
    """A made-up workspace id, the same in every run."""
    return uuid5(_NAMESPACE, f"workspace {number}")


def unknown_id(like: Value, number: int = 0) -> Value:
    """An id of the same type as `like` that the submission has never given out."""
    return 1_900_000_000 + number if isinstance(like, int) else uuid5(_NAMESPACE, f"unknown {number}")


def pick(items: Sequence[T], number: int) -> T:
    """One of `items`, chosen by `number`."""
    return items[number % len(items)]

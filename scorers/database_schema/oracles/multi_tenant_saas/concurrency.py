"""What only parallel callers can answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier

from scorers.database_schema.oracle import ConcurrencyTrial
from scorers.database_schema.oracles.multi_tenant_saas.model import EPOCH, workspace_id
from scorers.database_schema.oracles.multi_tenant_saas.population import Stored, new_workspace, one
from scorers.database_schema.session import CallResult, ContractSession, Params
from scorers.database_schema.values import Value
from scorers.database_schema.violation import Violation

CALLERS = 4
TASKS_EACH = 6
OpenSession = Callable[[], ContractSession]
BARRIER_S = 30


def concurrency_trials() -> list[ConcurrencyTrial]:
    """Numbers, addresses and moves under fire."""
    return [
        ConcurrencyTrial("task numbers", task_numbers, rounds=4),
        ConcurrencyTrial("one address", one_address, rounds=4),
        ConcurrencyTrial("opposite moves", opposite_moves, rounds=8),
    ]


def task_numbers(open_session: OpenSession, random: Random) -> None:
    """Everyone creates tasks in one project: all succeed, and the numbers are 1, 2, 3, …"""
    del random
    stored = new_workspace(open_session(), workspace_id(0), members=1, projects=1)
    jobs = [[("create_task", _task(stored, f"{caller}/{n}")) for n in range(TASKS_EACH)] for caller in range(CALLERS)]
    results = _at_once(open_session, stored, jobs)
    for result in results:
        if result.refused or len(result.rows) != 1:
            raise Violation("create_task by parallel callers", expected="one row", actual=_shown(result))
    numbers = sorted(result.row["number"] for result in results)
    if numbers != list(range(1, CALLERS * TASKS_EACH + 1)):
        raise Violation(
            "create_task by parallel callers", expected=f"numbers 1 to {CALLERS * TASKS_EACH}", actual=f"{numbers}"
        )


def one_address(open_session: OpenSession, random: Random) -> None:
    """Everyone adds the same address, each spelt differently: one gets it."""
    del random
    session = open_session()
    stored = new_workspace(session, workspace_id(0), members=1, projects=1)
    spellings = ["ann@x.example", "Ann@x.example", "ANN@x.example", "ann@X.example"]
    jobs: list[list[tuple[str, Params]]] = [
        [("add_member", {"email": spelling, "name": "A", "role": "guest", "created_at": EPOCH})]
        for spelling in spellings
    ]
    results = _at_once(open_session, stored, jobs)
    winners = [result for result in results if not result.refused]
    if len(winners) != 1 or any(result.refused and result.sqlstate != "23505" for result in results):
        shown = "; ".join(_shown(result) for result in results)
        raise Violation("add_member by parallel callers", expected="one succeeds, the others 23505", actual=shown)
    one(session, "find_member", {"email": spellings[0]}, stored.id)


def opposite_moves(open_session: OpenSession, random: Random) -> None:
    """From in_progress a task may become done or cancelled, but from neither the other: one caller gets its way."""
    session = open_session()
    stored = new_workspace(session, workspace_id(0), members=1, projects=1)
    task = one(session, "create_task", _task(stored, "x"), stored.id)["task_id"]
    one(session, "update_task", _move(stored, task, "in_progress"), stored.id)
    moves = ["done", "cancelled"] * (CALLERS // 2)
    random.shuffle(moves)
    results = _at_once(open_session, stored, [[("update_task", _move(stored, task, move))] for move in moves])
    done = [move for move, result in zip(moves, results, strict=True) if result.rows]
    final = one(session, "get_task", {"key": stored.keys[0], "number": 1}, stored.id)["status"]
    params = {"subject": "P0-1", "before_occurred_at": None, "before_entry_id": None, "page_size": 100}
    entries = session.call("list_audit", params, tenant=stored.id).rows
    if set(done) != {final} or len(entries) != len(done) + 2:
        raise Violation(
            "update_task by parallel callers",
            expected="either done or cancelled for all that got a row, and an audit entry for each of them",
            actual=f"rows for {done}, status {final!r}, {len(entries)} audit entries",
        )


def _at_once(
    open_session: OpenSession, stored: Stored, jobs: Sequence[Sequence[tuple[str, Params]]]
) -> list[CallResult]:
    """Run each job's calls in a session and thread of its own, all starting together; results in the jobs' order."""
    sessions = [open_session() for _ in jobs]
    for session in sessions:
        session.call("workspace_overview", {}, tenant=stored.id)
    barrier = Barrier(len(jobs))

    def work(session: ContractSession, calls: Sequence[tuple[str, Params]]) -> list[CallResult]:
        barrier.wait(BARRIER_S)
        return [session.call(query, params, tenant=stored.id) for query, params in calls]

    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(work, session, calls) for session, calls in zip(sessions, jobs, strict=True)]
        return [result for future in futures for result in future.result()]


def _task(stored: Stored, title: str) -> Params:
    return {
        "project_id": stored.projects[0],
        "title": title,
        "priority": 1,
        "assignee_id": None,
        "due_on": None,
        "actor_id": stored.members[0],
        "created_at": EPOCH,
    }


def _move(stored: Stored, task: Value, status: str) -> Params:
    return {
        "task_id": task,
        "title": "x",
        "status": status,
        "priority": 1,
        "assignee_id": None,
        "due_on": None,
        "completed_at": EPOCH if status == "done" else None,
        "actor_id": stored.members[0],
        "occurred_at": EPOCH,
    }


def _shown(result: CallResult) -> str:
    return f"error {result.sqlstate}" if result.refused else f"{result.rows}"

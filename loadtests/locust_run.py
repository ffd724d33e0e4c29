"""The generator's process: `python -m loadtests.locust_run PLAN RESULT`. Carries out one plan and writes what it found.

Importing Locust patches the standard library for gevent, so nothing but this process may import this module.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

import gc
import importlib
import os
import random
import resource
import sys
from pathlib import Path
from typing import Any

import gevent
from locust import User, between
from locust.env import Environment

from loadtests.clock import now_s
from loadtests.errors import PlanError
from loadtests.lifeline import end_with_parent
from loadtests.open_loop import OpenLoopUser
from loadtests.outcome import Outcome
from loadtests.plan import LoadPlan
from loadtests.priority import raise_priority
from loadtests.profiles import Users
from loadtests.recorder import Recorder, Ticker
from loadtests.rehearsal import rehearse
from loadtests.result import LoadResult
from loadtests.schedule import due_times
from loadtests.summary import summarize

LEAD_S = 0.3
"""From when the user is told its schedule to the first possible due time."""
GRACE_S = 10.0
"""What a run may take beyond its schedule and the last request's time limit."""


def main(plan_path: Path, outcome_path: Path) -> None:
    """Carry out the plan and write the outcome, whole or not at all."""
    plan = LoadPlan.model_validate_json(plan_path.read_text(encoding="utf-8"))
    try:
        outcome = Outcome(result=carry_out(plan))
    except PlanError as error:
        outcome = Outcome(plan_error=str(error))
    partial = outcome_path.with_suffix(".partial")
    partial.write_text(outcome.model_dump_json(), encoding="utf-8")
    partial.replace(outcome_path)


def carry_out(plan: LoadPlan) -> LoadResult:
    """Drive the service as planned. Raises PlanError."""
    _settle(plan)
    user_class = load_user(plan.user)
    environment = Environment(user_classes=[user_class], host=plan.host, stop_timeout=plan.timeout_s)
    runner = environment.create_local_runner()
    recorder = Recorder(environment, timeout_s=plan.timeout_s)
    ticker = Ticker()
    if issubclass(user_class, OpenLoopUser):
        _equip(user_class, plan)
    rehearse()
    gc.collect()
    gc.freeze()
    if isinstance(plan.profile, Users):
        origin_s, complete = _closed(plan.profile, user_class, runner), True
    else:
        origin_s, complete = _open(plan, plan.profile, user_class, runner)
    ticker.stop()
    runner.quit()
    samples = recorder.log.samples(origin_s)
    if plan.samples_path is not None:
        samples.save(plan.samples_path)
    return summarize(
        samples,
        duration_s=plan.profile.duration_s,
        loop_late_s=ticker.late_s(origin_s, origin_s + plan.profile.duration_s),
        started_monotonic_s=origin_s,
        user_errors=recorder.user_errors,
        complete=complete,
        samples_path=plan.samples_path,
    )


def load_user(name: str) -> type[User]:
    """Import `module:Class`. Raises PlanError when there is no such user class."""
    module_name, _, class_name = name.partition(":")
    try:
        found = getattr(importlib.import_module(module_name), class_name, None)
    except ModuleNotFoundError as error:
        raise PlanError(f"no user class {name!r}: {error}") from error
    if not (isinstance(found, type) and issubclass(found, User)):
        raise PlanError(f"{name!r} is no Locust user class; expected a class that derives from OpenLoopUser")
    return found


def _settle(plan: LoadPlan) -> None:
    """Take the cores that the plan gives and as many file descriptors as there may be, and seed what Locust draws."""
    end_with_parent()
    if plan.cpus is not None and sys.platform == "linux":
        os.sched_setaffinity(0, plan.cpus)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = plan.connections + 200
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if most == resource.RLIM_INFINITY else min(most, wanted), most))
    random.seed(plan.seed)
    raise_priority()


def _equip(user_class: type[OpenLoopUser], plan: LoadPlan) -> None:
    user_class.parameters = plan.parameters
    user_class.seed = plan.seed
    user_class.timeout_s = plan.timeout_s
    user_class.concurrency = plan.connections
    user_class.give_up_late_s = max(2.0, plan.behind_limit_ms / 100)


def _open(plan: LoadPlan, profile: Any, user_class: type[User], runner: Any) -> tuple[float, bool]:
    """One user sends the whole schedule. Returns when the recorded time began, and whether all was sent and ended."""
    if not issubclass(user_class, OpenLoopUser):
        raise PlanError(f"{plan.user!r} is no OpenLoopUser: it can be driven by the profile 'users' only")
    due_s = due_times(profile, plan.seed)
    if not len(due_s):
        raise PlanError(
            f"the profile {profile.kind!r} has no arrival in {profile.total_s} s; raise its rate or duration"
        )
    start_s = now_s() + LEAD_S
    user_class.schedule_s = (due_s + start_s).tolist()
    runner.start(1, spawn_rate=1)
    runner.spawning_greenlet.join()
    rest_s = max(0.0, start_s + profile.total_s - now_s())
    ended = runner.user_greenlets.join(timeout=rest_s + plan.timeout_s + GRACE_S)
    return start_s + profile.warmup_s, bool(ended) and not user_class.gave_up


def _closed(profile: Users, user_class: type[User], runner: Any) -> float:
    """So many users, each on its own. Returns when the recorded time began."""
    user_class.wait_time = between(profile.think_min_s, profile.think_max_s)
    if issubclass(user_class, OpenLoopUser):
        user_class.paced = False
    start_s = now_s()
    runner.start(profile.users, spawn_rate=profile.spawn_per_s)
    gevent.sleep(profile.total_s)
    runner.stop()
    return start_s + profile.warmup_s


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

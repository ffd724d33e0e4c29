"""What `archeval doctor` says about running services: the sandbox, what keeps limits, and the runtimes."""

from collections.abc import Iterator

from scorers.errors import HarnessFault, InputError
from scorers.testbed.pod.landlocked import NOTES
from scorers.testbed.protocol import Diagnosis
from scorers.testbed.runtime.node import node_runtime
from scorers.testbed.runtime.node_modules import node_packages
from scorers.testbed.runtime.packages import runtime_packages
from scorers.testbed.runtime.python import python_runtime
from scorers.testbed.sandbox.account import service_user
from scorers.testbed.sandbox.cgroups import usable_hierarchies
from scorers.testbed.sandbox.tier import VARIABLE, sandbox_tier


def diagnose_services() -> Iterator[Diagnosis]:
    """Look at what services of a submission need of the machine."""
    yield _sandbox()
    yield _limits()
    yield _python()
    yield _node()


def _sandbox() -> Diagnosis:
    try:
        tier = sandbox_tier()
    except InputError as error:
        return Diagnosis("sandbox", ok=False, found=str(error), remedy=f"unset {VARIABLE}")
    user = service_user()
    if tier.name == "none":
        return Diagnosis("sandbox", ok=False, found=f"none: {tier.found}", remedy=tier.remedy)
    who = f"the user {user.uid}" if user.is_other else f"this user, {user.uid}"
    found = f"{tier.found}; services run as {who}"
    if tier.name == "landlock":
        found = f"{found}; less than bubblewrap's: {NOTES}"
    return Diagnosis("sandbox", ok=True, found=found, remedy=tier.remedy)


def _limits() -> Diagnosis:
    hierarchies = usable_hierarchies()
    if hierarchies is None:
        found = "no control groups to be had: processes are limited by the kernel, memory by a watcher a little late"
    else:
        found = f"kept by the kernel ({hierarchies.name}: {', '.join(sorted(hierarchies.parents))})"
    return Diagnosis("limits of services", ok=True, found=found)


def _python() -> Diagnosis:
    try:
        runtime, packages = python_runtime(), runtime_packages()
    except HarnessFault as fault:
        cause, _, remedy = str(fault).rpartition("; ")
        return Diagnosis("runtime of services", ok=False, found=cause or str(fault), remedy=remedy if cause else "")
    direct = sum(package.direct for package in packages)
    found = f"Python {runtime.version}, {direct} packages with {len(packages) - direct} more that they need, in {runtime.folder}"
    return Diagnosis("runtime of services", ok=True, found=found)


def _node() -> Diagnosis:
    node = node_runtime()
    if node is None:
        return Diagnosis("Node.js", ok=True, found="none: services in Node.js cannot be graded here; it is optional")
    where = "the system's own" if node.folder is None else f"copied to {node.folder}"
    direct = ", ".join(f"{package.name} {package.version}" for package in node_packages() if package.direct)
    return Diagnosis("Node.js", ok=True, found=f"{node.version}, {where}; its services may import {direct}")

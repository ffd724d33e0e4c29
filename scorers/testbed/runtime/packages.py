"""Which installed Python packages a submission's service may import: the dependency group `runtime` and what it needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scorers.errors import HarnessFault

ROOTS = (
    "aiokafka",
    "alembic",
    "argon2-cffi",
    "authlib",
    "confluent-kafka",
    "fastapi",
    "flask",
    "httpx",
    "joserfc",
    "opentelemetry-api",
    "opentelemetry-sdk",
    "prometheus-client",
    "psycopg[binary,pool]",
    "pydantic",
    "pyjwt",
    "redis",
    "sqlalchemy[asyncio]",
    "starlette",
    "structlog",
    "uvicorn",
)
"""The dependency group `runtime` of pyproject.toml, which an installed archeval does not carry; a test compares them."""


@dataclass(frozen=True)
class Package:
    """One package of the runtime."""

    name: str
    version: str
    direct: bool
    """It is named in the dependency group, and not only needed by one that is."""


def runtime_packages() -> tuple[Package, ...]:
    """Return what a service may import, by name. Prompts that list it are compared with this.

    Raises HarnessFault (kind `runtime_missing`) when something is not installed.
    """
    direct = {canonicalize_name(Requirement(root).name) for root in ROOTS}
    return tuple(
        Package(name, found.version, direct=name in direct) for name, found in sorted(runtime_distributions().items())
    )


@cache
def runtime_distributions() -> dict[str, Distribution]:
    """Return the installed distributions of the runtime by normalised name. Raises HarnessFault as above."""
    found: dict[str, Distribution] = {}
    missing: list[str] = []
    done: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(root) for root in ROOTS]
    while waiting:
        wanted = waiting.pop()
        name, extras = canonicalize_name(wanted.name), frozenset(wanted.extras)
        if (name, extras) in done:
            continue
        done.add((name, extras))
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            missing.append(str(wanted))
            continue
        waiting.extend(_needs(found[name], extras))
    if missing:
        raise HarnessFault(
            f"services cannot run, these packages of their runtime are not installed: {', '.join(sorted(missing))}; "
            f"install them into archeval's environment: pip install {' '.join(repr(root) for root in ROOTS)}",
            kind="runtime_missing",
        )
    return found


def _needs(package: Distribution, extras: frozenset[str]) -> Iterable[Requirement]:
    for line in package.requires or []:
        requirement = Requirement(line)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""}):
            yield requirement

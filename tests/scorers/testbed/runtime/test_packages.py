"""The packages of the runtime, as the project declares them and as a sandbox shows them."""

import shutil
import tomllib
from collections.abc import Generator
from contextlib import contextmanager
from importlib.metadata import distribution
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.runtime import packages
from scorers.testbed.runtime.libraries import foreign_libraries
from scorers.testbed.runtime.node import node_runtime
from scorers.testbed.runtime.packages import ROOTS, runtime_distributions, runtime_packages
from scorers.testbed.runtime.python import python_runtime
from scorers.testbed.runtime.system import system_view
from tests.scorers.testbed.service.services import answering, asked, opened

PROJECT = Path(__file__).parents[4] / "pyproject.toml"


@contextmanager
def fresh_closure() -> Generator[None]:
    runtime_distributions.cache_clear()
    try:
        yield
    finally:
        runtime_distributions.cache_clear()


def test_code_and_project_name_the_same_packages() -> None:
    groups = tomllib.loads(PROJECT.read_text())["dependency-groups"]
    assert sorted(groups["runtime"]) == sorted(ROOTS)


def test_the_list_has_what_is_named_and_what_that_needs() -> None:
    found = {package.name: package for package in runtime_packages()}
    assert found["fastapi"].direct
    assert found["fastapi"].version == distribution("fastapi").version
    assert not found["greenlet"].direct, "SQLAlchemy's asyncio needs it"
    assert {"psycopg-binary", "psycopg-pool", "starlette", "pydantic-core"} <= set(found)
    assert sum(package.direct for package in found.values()) == len(ROOTS)


def test_what_the_harness_needs_is_no_part_of_it() -> None:
    names = {package.name for package in runtime_packages()}
    assert names.isdisjoint({"archeval", "inspect-ai", "hypothesis", "duckdb", "locust", "psutil", "anthropic"})


def test_a_missing_package_is_a_fault_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "ROOTS", (*ROOTS, "no-such-package-here"))
    with fresh_closure(), pytest.raises(HarnessFault, match=r"not installed: no-such-package-here; .*pip install"):
        runtime_packages()


def test_services_import_what_is_listed_in_the_listed_versions() -> None:
    program = (
        "import importlib.metadata as metadata\n"
        "return 200, ' '.join(sorted(f'{d.name.lower()}=={d.version}' for d in metadata.distributions()))"
    )
    with opened(answering(program)) as (pod, service):
        service.start()
        seen = {line.replace("_", "-").replace(".", "-") for line in asked(pod, service, "/").split()}
    listed = {f"{package.name}=={package.version}".replace(".", "-") for package in runtime_packages()}
    assert seen == listed


def test_services_import_each_package_and_nothing_of_the_harness() -> None:
    modules = (
        "aiokafka alembic argon2 authlib confluent_kafka fastapi flask httpx joserfc opentelemetry.sdk.trace "
        "prometheus_client psycopg psycopg_pool pydantic jwt redis sqlalchemy.ext.asyncio greenlet starlette structlog "
        "uvicorn ssl sqlite3 ctypes lzma bz2 zoneinfo"
    )
    hidden = "scorers evals reports loadtests inspect_ai hypothesis duckdb locust psutil datasets archeval_datasets"
    program = f"""\
import importlib
seen = []
for name in {(modules + " " + hidden).split()!r}:
    try:
        importlib.import_module(name)
        seen.append(name)
    except ImportError as error:
        print(name, error)
return 200, ' '.join(seen)
"""
    with opened(answering(program)) as (pod, service):
        service.start()
        assert asked(pod, service, "/").split() == modules.split(), service.output()


def test_commands_of_the_packages_are_there() -> None:
    run = "return 200, ''.join(subprocess.run(a, shell=True, capture_output=True, text=True).stdout for a in {!r})"
    commands = ["uvicorn --version", "alembic --version", "flask --version", "python --version"]
    with opened(answering(run.format(commands))) as (pod, service):
        service.start()
        printed = asked(pod, service, "/")
    assert "Running uvicorn" in printed
    assert "alembic" in printed
    assert "Flask" in printed
    assert f"Python {python_runtime().version}" in printed


def test_everybody_may_read_the_runtime_and_only_its_owner_may_write() -> None:
    folder = python_runtime().folder
    for path in [folder, *folder.glob("*"), *folder.glob("venv/bin/*"), *folder.glob("python/bin/*")]:
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        assert mode & 0o005 == 0o005, path
        assert not mode & 0o022, path


def test_the_runtime_tells_nothing_of_the_machine() -> None:
    site = next(python_runtime().folder.glob("venv/lib/python3.*/site-packages"))
    assert list(site.glob("*.dist-info/direct_url.json")) == []
    assert list(site.glob("*.pth")) == []
    assert {path.name for path in python_runtime().folder.glob("venv/bin/*")}.isdisjoint(
        {"archeval", "inspect", "pytest"}
    )


def test_the_sandbox_shows_nothing_that_the_harness_is_installed_in() -> None:
    own = Path(__file__).resolve()
    assert not any(own.is_relative_to(folder) for folder in system_view().folders)
    assert Path("/usr/local") not in system_view().folders


def test_libraries_from_elsewhere_are_found(tmp_path: Path) -> None:
    program = Path("/bin/sh").resolve()
    assert foreign_libraries([program], system_view().folders) == set()
    assert any("libc.so" in path.name for path in foreign_libraries([program], [tmp_path]))
    assert foreign_libraries([PROJECT], [tmp_path]) == set(), "no program at all"


def test_a_node_elsewhere_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with nvm, whose folder a sandbox does not show."""
    own = node_runtime()
    if own is None:
        pytest.skip("there is no Node.js here")
    node = tmp_path / "node"
    found_here = shutil.which("node")
    assert found_here is not None
    shutil.copyfile(found_here, node)
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("ARCHEVAL_CACHE_DIR", str(tmp_path / "cache"))
    node_runtime.cache_clear()
    try:
        found = node_runtime()
        assert found is not None
        assert found.folder is not None
        assert (found.folder / "bin" / "node").stat().st_size == node.stat().st_size
        assert found.version == own.version
        monkeypatch.setenv("PATH", str(tmp_path / "cache"))
        node_runtime.cache_clear()
        assert node_runtime() is None
    finally:
        node_runtime.cache_clear()

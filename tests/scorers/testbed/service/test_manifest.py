"""`service.yaml`: what is taken, and what is said about the rest."""

import pytest

from scorers.testbed.service.failure import ServiceFailure
from scorers.testbed.service.manifest import parse_manifest
from tests.scorers.testbed.service.services import opened

WHOLE = """\
runtime: python
build: [python, -m, compileall, .]
migrate: [alembic, upgrade, head]
processes:
  web: {command: [uvicorn, "main:app", --port, "8080"]}
  worker: {command: [python, worker.py]}
"""


def test_a_whole_manifest_is_read() -> None:
    manifest = parse_manifest(WHOLE)
    assert manifest.runtime == "python"
    assert manifest.build == ["python", "-m", "compileall", "."]
    assert manifest.migrate == ["alembic", "upgrade", "head"]
    assert list(manifest.processes) == ["web", "worker"]
    assert manifest.processes["web"].command[0] == "uvicorn"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a service manifest"),
        ("[1, 2", "not YAML"),
        ("runtime: python\nprocesses: {}\n", "processes"),
        ("runtime: python\nprocesses: {worker: {command: [x]}}\n", "there must be a process named 'web'"),
        ("runtime: ruby\nprocesses: {web: {command: [x]}}\n", "'python' or 'node'"),
        ("runtime: python\nprocesses: {web: {command: uvicorn main}}\n", "valid list"),
        ("runtime: python\nprocesses: {web: {command: []}}\n", "at least 1 item"),
        ('runtime: python\nprocesses: {web: {command: [""]}}\n', "begins with the program's name"),
        ('runtime: python\nprocesses: {web: {command: ["a\\0b"]}}\n', "NUL"),
        ("runtime: python\nprivileged: true\nprocesses: {web: {command: [x]}}\n", "privileged"),
        ("runtime: python\nprocesses: {web: {command: [x]}, '../x': {command: [x]}}\n", "must match"),
        ("runtime: python\nprocesses: {web: &a {command: [x]}, worker: *a}\n", "anchors"),
        ("runtime: !!python/object/apply:os.system [id]\n", "not YAML"),
        ("a: " + "[" * 5_000 + "]" * 5_000, "not YAML"),
        ("#" * 20_000, "larger than"),
        ("runtime: python\nbuild: [" + "x, " * 100 + "]\nprocesses: {web: {command: [x]}}\n", "at most 64 items"),
    ],
)
def test_anything_else_is_the_submissions_failure(text: str, reason: str) -> None:
    with pytest.raises(ServiceFailure, match=r"service\.yaml") as failure:
        parse_manifest(text)
    assert reason in failure.value.reason


def test_a_submission_without_a_manifest_fails() -> None:
    with pytest.raises(ServiceFailure, match=r"there is no file 'service.yaml'"), opened({"main.py": ""}):
        pass


def test_files_that_do_not_fit_are_the_submissions_failure() -> None:
    files = {"service.yaml": WHOLE, "big.txt": "x" * 40 * 1024**2}
    with pytest.raises(ServiceFailure, match="do not fit"), opened(files):
        pass


def test_a_program_that_does_not_exist_is_the_submissions_failure() -> None:
    manifest = "runtime: python\nprocesses: {web: {command: [no-such-program]}}\n"
    with opened({"service.yaml": manifest}) as (_, service), pytest.raises(ServiceFailure) as failure:
        service.start()
    assert "the process 'web' ended with status" in failure.value.reason
    assert "no-such-program" in failure.value.output


@pytest.mark.parametrize("argument", ["--version", "--bind", "x" * 200_000])
def test_strange_arguments_reach_the_program_or_fail_as_the_submissions(argument: str) -> None:
    manifest = f"runtime: python\nprocesses: {{web: {{command: [printf, '%s', {argument[:10_000]!r}]}}}}\n"
    with opened({"service.yaml": manifest}) as (_, service):
        with pytest.raises(ServiceFailure, match="ended with status 0"):
            service.start()
        assert argument[:40] in service.output()

"""Logs read from other places than a folder here: over HTTP, from memory, by a file's URL."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec  # pyright: ignore[reportMissingTypeStubs]
import pytest
from click.testing import CliRunner, Result
from inspect_ai.log import read_eval_log

from evals.cli.main import archeval
from evals.ingest import ingest
from evals.log_places import is_url, local_path, log_files, name_of
from evals.scoring import score_log
from reports.store import Store
from scorers.errors import InputError
from tests.evals.conftest import Evaluate

Serve = Callable[[Path], str]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's name for it)
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a folder over HTTP on loopback and return its URL."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def in_memory() -> Iterator[Callable[[Path], str]]:
    """Copy a folder into fsspec's memory and return its URL."""
    memory: Any = fsspec.filesystem("memory")  # pyright: ignore[reportUnknownMemberType]

    def put(folder: Path) -> str:
        for file in folder.iterdir():
            memory.pipe_file(f"/logs/{file.name}", file.read_bytes())
        return "memory://logs"

    yield put
    memory.store.clear()


def invoke(*args: str) -> Result:
    return CliRunner().invoke(archeval, list(args), standalone_mode=False)


def samples(store: Store) -> list[tuple[Any, ...]]:
    return store.query("SELECT * FROM samples ORDER BY ALL")


def test_the_same_answers_come_from_everywhere(
    evaluate: Evaluate, tmp_path: Path, serve: Serve, in_memory: Callable[[Path], str]
) -> None:
    evaluate("replay/reference")
    evaluate("replay/naive", epochs=2)
    folder = tmp_path / "logs"
    here = Store.open(tmp_path / "here.duckdb")
    assert len(ingest(here, log_files([folder]))) == 2
    url = serve(tmp_path)
    places = [f"{url}/logs/", in_memory(folder), folder.as_uri(), str(folder)]
    for number, place in enumerate(places):
        path = tmp_path / f"{number}.duckdb"
        done = invoke("ingest", place, "--store", str(path))
        assert (done.exception, done.return_value) == (None, 0), done.output
        assert done.output.startswith("2 logs of 2 runs are in")
        assert samples(Store.open(path)) == samples(here)
        assert invoke("ingest", place, "--store", str(path)).return_value == 0
    name = min(file.name for file in folder.iterdir())
    (one,) = log_files([f"{url}/logs/{name}"])
    assert (one, name_of(one), local_path(one)) == (f"{url}/logs/{name}", name, None)


def test_logs_elsewhere_are_compared(evaluate: Evaluate, tmp_path: Path, serve: Serve) -> None:
    evaluate("replay/naive", epochs=3)
    (tmp_path / "logs").rename(tmp_path / "base")
    evaluate("replay/reference", epochs=3)
    url = serve(tmp_path)
    done = invoke("compare", f"{url}/base/", f"{url}/logs/", "--format", "json")
    assert done.exception is None, done.output
    assert '"base": 0.4' in done.output
    assert not (tmp_path / "archeval.duckdb").exists()


def test_a_log_elsewhere_is_scored_where_it_may_be_written(
    evaluate: Evaluate, tmp_path: Path, serve: Serve, in_memory: Callable[[Path], str]
) -> None:
    log = evaluate("replay/reference")
    name = Path(log.location).name
    url = f"{in_memory(tmp_path / 'logs')}/{name}"
    done = invoke("score", url)
    assert (done.exception, done.return_value) == (None, 0), done.output
    assert f"{name}: 1 graded, 0 without a score" in done.output
    assert read_eval_log(url).stats.completed_at
    assert (tmp_path / "report.html").exists()
    with pytest.raises(InputError, match=r"cannot write the log back to 'http://.*score them there"):
        score_log(f"{serve(tmp_path)}/logs/{name}", only_unscored=False, options={}, display="none")


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("memory://nothing-here", "no log at 'memory://nothing-here'"),
        ("file:///nothing/here", "no log at '/nothing/here'"),
        ("nosuchscheme://bucket/logs", "cannot read 'nosuchscheme://bucket/logs'.*where fsspec reaches"),
        ("http://127.0.0.1:9/logs/", "no log at 'http://127.0.0.1:9/logs/'"),
    ],
)
def test_a_place_without_logs_is_named(place: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        log_files([place])


@pytest.mark.parametrize(
    ("text", "url"),
    [("s3://bucket/x", True), ("file:///x", True), ("logs/x.eval", False), ("C:/x", False), ("://x", False)],
)
def test_urls_are_told_from_paths(text: str, url: bool) -> None:
    assert is_url(text) == url

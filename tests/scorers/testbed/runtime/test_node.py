"""The packages of services in Node.js: locked, and there to import."""

import json
from pathlib import Path

import pytest

from scorers.errors import HarnessFault
from scorers.testbed.runtime import node_modules
from scorers.testbed.runtime.node import node_runtime
from scorers.testbed.runtime.node_modules import node_packages
from tests.scorers.testbed.service.services import asked, opened

SERVER = """\
const fastify = require('fastify')();
const names = ['pg', 'express', 'redis', 'playwright', 'npm'];
fastify.get('/ready', async () => 'ready');
fastify.get('/names', async () => names.filter(name => { try { require(name); return true } catch { return false } }).join(' '));
fastify.listen({port: Number(process.env.PORT), host: '127.0.0.1'});
"""

ESM = """\
import express from 'express';
import pg from 'pg';
const app = express();
app.get('/ready', (request, response) => response.send('ready'));
app.get('/names', (request, response) => response.send(typeof pg.Pool));
app.listen(Number(process.env.PORT), '127.0.0.1');
"""

MANIFEST = "runtime: node\nprocesses: {web: {command: [node, FILE]}}\n"


@pytest.fixture(scope="module", autouse=True)
def needs_packages() -> None:
    """Where neither the cache nor npm's registry has the packages there is nothing to test."""
    if node_runtime() is None:
        pytest.skip("there is no Node.js here")
    try:
        node_modules.node_modules()
    except HarnessFault as fault:
        pytest.skip(str(fault))


def test_a_service_imports_what_is_listed_and_no_more() -> None:
    with opened({"service.yaml": MANIFEST.replace("FILE", "main.js"), "main.js": SERVER}) as (pod, service):
        service.start()
        assert asked(pod, service, "/names") == "pg express redis"


def test_modules_of_the_newer_kind_are_found_too() -> None:
    with opened({"service.yaml": MANIFEST.replace("FILE", "main.mjs"), "main.mjs": ESM}) as (pod, service):
        service.start()
        assert asked(pod, service, "/names") == "function"


def test_the_list_is_what_is_installed() -> None:
    folder = node_modules.node_modules()
    for package in node_packages():
        assert json.loads((folder / package.name / "package.json").read_text())["version"] == package.version
    assert {package.name for package in node_packages() if package.direct} == {"express", "fastify", "pg", "redis"}


def test_the_lock_names_no_registry() -> None:
    lock = Path(node_modules.__file__).parent / "node_packages" / "package-lock.json"
    assert '"resolved"' not in lock.read_text()
    assert '"integrity"' in lock.read_text()


def test_without_npm_there_is_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARCHEVAL_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    node_modules.node_modules.cache_clear()
    try:
        with pytest.raises(HarnessFault, match="there is no `npm`"):
            node_modules.node_modules()
        assert list(tmp_path.glob("node-packages-*/")) == []
    finally:
        node_modules.node_modules.cache_clear()

"""The life of an embedded testbed: nothing is left of it, however it ends."""

import os
import signal
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from scorers.errors import HarnessFault
from scorers.testbed import embedded, storage
from scorers.testbed.embedded import EmbeddedProvider, EmbeddedTestbed
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import HeldFolder, Storage
from tests.scorers.testbed.conftest import GIB
from tests.scorers.testbed.traces import (
    Holder,
    Traces,
    kill_and_wait,
    mapped_files,
    server_processes,
    traces_of,
    wait_for_end,
)


def test_a_testbed_says_what_it_is_and_leaves_nothing() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
        traces = traces_of(testbed)
        assert len(traces.left) > 3, "the control: folder, segment and processes are seen while they are there"
        assert testbed.description["provider"] == "embedded"
        assert testbed.description["postgres"] == testbed.postgres.features.server_version
        assert testbed.postgres.features.own_cluster
        session = testbed.postgres.connect(testbed.postgres.create_database(), "app_user")
    assert traces.left == []
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT 1")


def test_a_testbed_is_closed_when_a_grade_breaks_off() -> None:
    traces: list[Traces] = []

    def grade() -> None:
        with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
            traces.append(traces_of(testbed))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade()
    assert traces[0].left == []


def test_a_killed_server_is_a_fault_that_no_submission_can_have_caused() -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
        traces = traces_of(testbed)
        database = testbed.postgres.create_database()
        session = testbed.postgres.connect(database, "app_user")
        testbed.postgres.assert_alive()
        kill_and_wait(traces.postmaster_pid)

        for use in (
            testbed.postgres.assert_alive,
            lambda: testbed.postgres.connect(database, "app_user"),
            lambda: testbed.postgres.connect(database, "admin"),
            testbed.postgres.create_database,
        ):
            with pytest.raises(HarnessFault) as caught:
                use()
            assert caught.value.kind == "postgres_gone"
            assert not caught.value.attributable
        session.close()
    assert traces.left == []


def test_a_crashed_backend_ends_the_server_for_good(fresh: EmbeddedTestbed) -> None:
    """PostgreSQL would restart and forget unlogged tables; a grade must not go on as if nothing had happened."""
    session = fresh.postgres.connect(fresh.postgres.create_database(), "app_user")
    os.kill(session.info.backend_pid, signal.SIGKILL)
    wait_for_end(traces_of(fresh).postmaster_pid)
    with pytest.raises(HarnessFault, match="was terminated by signal 9") as caught:
        fresh.postgres.assert_alive()
    assert caught.value.kind == "postgres_gone"
    assert caught.value.attributable, "code of a submission can make a backend crash"


def test_the_fault_is_told_while_the_server_is_still_shutting_down(fresh: EmbeddedTestbed) -> None:
    session = fresh.postgres.connect(fresh.postgres.create_database(), "app_user")
    os.kill(traces_of(fresh).postmaster_pid, signal.SIGINT)
    with pytest.raises(psycopg.OperationalError):
        session.execute("SELECT pg_sleep(60)")
    with pytest.raises(HarnessFault, match="ended from outside") as caught:
        fresh.postgres.assert_alive()
    assert not caught.value.attributable


def test_testbeds_of_several_threads_are_strangers_to_each_other() -> None:
    ready = threading.Barrier(3)
    seen: list[tuple[Traces, str]] = []

    def grade() -> None:
        with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
            database = testbed.postgres.create_database()
            with closing(testbed.postgres.connect(database, "app_owner")) as session:
                session.execute("CREATE TABLE mine (id int)")
            seen.append((traces_of(testbed), testbed.postgres.endpoint.logins["admin"].password))
            ready.wait(60)
            testbed.postgres.assert_alive()

    threads = [threading.Thread(target=grade) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait(60)
    for thread in threads:
        thread.join(60)
    (first, first_password), (second, second_password) = seen
    assert first.folder != second.folder
    assert first_password != second_password
    assert first.left == second.left == []


def test_counts_come_out_the_same_on_every_cluster() -> None:
    """Pages read and tuples touched are what queries are judged by, so nothing may happen in the background."""
    counts = [_counts_of_a_query() for _ in range(3)]
    assert counts[0] == counts[1] == counts[2]
    assert counts[0][0] > 10


def _counts_of_a_query() -> tuple[int, int]:
    with EmbeddedProvider().open(cluster_bytes=GIB) as testbed:
        postgres = testbed.postgres
        database = postgres.create_database()
        with (
            closing(postgres.connect(database, "app_owner")) as owner,
            closing(postgres.connect("postgres", "admin")) as admin,
        ):
            owner.execute("CREATE TABLE item (id bigint PRIMARY KEY, tag text)")
            owner.execute("INSERT INTO item SELECT n, md5(n::text) FROM generate_series(1, 20000) n")
            owner.execute("VACUUM ANALYZE item")
            for _ in range(2):
                owner.execute("SELECT count(*), max(tag) FROM item WHERE id % 7 = 0 OR id < 50")
            [row] = admin.execute(
                "SELECT sum(shared_blks_hit + shared_blks_read)::int, sum(rows)::int FROM public.pg_stat_statements"
                " WHERE query LIKE 'SELECT count(*), max(tag)%' AND toplevel"
            ).fetchall()
    return int(row[0]), int(row[1])


def test_the_submissions_memory_is_bounded(fresh: EmbeddedTestbed) -> None:
    """A role may raise work_mem; the process it runs in still cannot take the machine's memory."""
    limits = Path(f"/proc/{traces_of(fresh).postmaster_pid}/limits").read_text()
    rows = {line[:25].strip(): line[25:].split() for line in limits.splitlines()}
    assert rows["Max address space"][0] == str(GIB * 3 // 2)
    assert rows["Max core file size"][0] == "0"
    with closing(fresh.postgres.connect(fresh.postgres.create_database(), "app_user")) as session:
        with pytest.raises(psycopg.errors.OutOfMemory):
            session.execute("SELECT array_agg(repeat(md5(n::text), 30000)) FROM generate_series(1, 3000) n")
        assert session.execute("SELECT 1").fetchall() == [(1,)]
    fresh.postgres.assert_alive()


def test_no_posix_shared_memory_is_used(testbed: EmbeddedTestbed) -> None:
    """Whatever is in /dev/shm/PostgreSQL.* would stay there when a server is killed."""
    processes = server_processes(traces_of(testbed).folder)
    assert len(processes) > 3
    assert not any("/dev/shm/PostgreSQL" in mapped_files(pid) for pid in processes)


def test_without_memory_backed_room_the_disk_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as disk:
        Path(disk).chmod(0o755)
        places = [Storage(Path("/dev/shm"), memory_backed=True), Storage(Path(disk), memory_backed=False)]
        monkeypatch.setattr(storage, "LEAST_MEMORY_BYTES", 1 << 60)
        monkeypatch.setattr(storage, "storages", lambda: places)
        with EmbeddedProvider().open(cluster_bytes=GIB // 4) as testbed:
            assert testbed.description["storage"] == "disk"
            assert traces_of(testbed).folder.startswith(disk)
            testbed.postgres.drop_database(testbed.postgres.create_database())


def test_no_room_anywhere_is_a_fault_of_the_machine() -> None:
    with pytest.raises(HarnessFault, match="free some") as caught, EmbeddedProvider().open(cluster_bytes=1 << 60):
        pass
    assert caught.value.kind == "no_space"
    assert not caught.value.attributable


def test_a_server_that_does_not_start_shows_its_log(monkeypatch: pytest.MonkeyPatch, own_cache: Path) -> None:
    with EmbeddedProvider().open(cluster_bytes=GIB):
        pass
    [template] = [path for path in (own_cache / "clusters").iterdir() if path.is_dir()]
    with (template / "data" / "postgresql.conf").open("a") as settings:
        settings.write("nonsense_of_this_test = on\n")
    made: list[HeldFolder] = []

    def remember(place: Storage, user: ServerUser) -> HeldFolder:
        made.append(storage.make_folder(place, user))
        return made[-1]

    monkeypatch.setattr(embedded, "make_folder", remember)
    with (
        pytest.raises(HarnessFault, match="nonsense_of_this_test") as caught,
        EmbeddedProvider().open(cluster_bytes=GIB),
    ):
        pass
    assert caught.value.kind == "testbed_unavailable"
    assert not caught.value.attributable
    [held] = made
    assert not held.folder.path.exists()
    assert server_processes(str(held.folder.path)) == []


def test_a_template_is_made_once_even_by_two_at_a_time(own_cache: Path) -> None:
    holders = [Holder(), Holder()]
    assert [holder.finish() for holder in holders] == [0, 0]
    names = [path.name for path in (own_cache / "clusters").iterdir() if path.is_dir()]
    assert len(names) == 1
    assert names[0].startswith("cluster-18")

"""Growth is watched where PostgreSQL has no limit of its own."""

from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from scorers.errors import HarnessFault
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.quota import folder_bytes

MIB = 1024**2
GROW = "CREATE TABLE hoard AS SELECT repeat(md5(n::text), 60) AS body FROM (SELECT generate_series(1, 50000000) AS n) AS endless"


def test_a_table_that_grows_past_the_limit_ends_the_submissions_sessions() -> None:
    with EmbeddedProvider().open(cluster_bytes=150 * MIB) as testbed:
        postgres = testbed.postgres
        database = postgres.create_database()
        reader = postgres.connect(database, "reader")
        with pytest.raises(psycopg.OperationalError):
            postgres.connect(database, "app_owner").execute(GROW)

        with pytest.raises(HarnessFault) as caught:
            postgres.assert_alive()
        assert caught.value.kind == "disk_quota"
        assert caught.value.attributable
        assert "150 MiB" in str(caught.value)
        assert reader.execute("SELECT 1").fetchall() == [(1,)], "the grader's sessions live on"
        with pytest.raises(HarnessFault, match="limit"):
            postgres.connect(database, "app_user")
        reader.close()


def test_a_table_within_the_limit_is_left_alone() -> None:
    with EmbeddedProvider().open(cluster_bytes=400 * MIB) as testbed:
        postgres = testbed.postgres
        with closing(postgres.connect(postgres.create_database(), "app_owner")) as session:
            session.execute(
                "CREATE TABLE fine AS SELECT repeat(md5(n::text), 60) AS body FROM generate_series(1, 30000) n"
            )
            session.execute("SELECT pg_sleep(0.6)")
            postgres.assert_alive()


def test_folder_bytes_counts_what_is_stored_and_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "file").write_bytes(b"x" * 100_000)
    (tmp_path / "link").symlink_to("/usr")
    assert 100_000 <= folder_bytes(tmp_path) < 120_000
    assert folder_bytes(tmp_path / "missing") == 0

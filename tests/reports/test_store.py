from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from reports.records import LogRecords, SampleRecord
from reports.store import Store
from scorers.errors import HarnessFault, InputError
from tests.reports.contents import contents
from tests.reports.demo import demo_log, demo_logs


def log() -> LogRecords:
    return demo_log("replay/naive", 0.42)


def changed(records: LogRecords, *, excerpt: str, minutes: int = 1) -> LogRecords:
    """The same log, written again later with another excerpt in its first sample."""
    samples = [records.samples[0].model_copy(update={"completion_excerpt": excerpt}), *records.samples[1:]]
    updated = records.run.state_at + timedelta(minutes=minutes)
    return LogRecords(run=records.run.model_copy(update={"updated_at": updated}), samples=samples)


def test_everything_of_a_log_is_stored(empty_store: Store) -> None:
    records = log()
    assert empty_store.ingest(records) == "added"
    stored = contents(empty_store)
    assert len(stored["samples"]) == len(records.samples) == 9
    assert len(stored["checks"]) == sum(len(sample.grade.checks) for sample in records.samples if sample.grade)
    assert len(stored["faults"]) == 2
    [(score, solved, cost)] = empty_store.query(
        "SELECT score, solved, total_cost_usd FROM samples WHERE sample_uuid = ?", [records.samples[1].sample_uuid]
    )
    assert (score, solved, cost) == (
        records.samples[1].score,
        records.samples[1].solved,
        records.samples[1].total_cost_usd,
    )
    assert empty_store.query("SELECT count(*) FROM samples WHERE (score IS NULL) != (outcome = 'unscored')") == [(0,)]


def test_hostile_text_comes_back_as_it_was(empty_store: Store) -> None:
    hostile = "'; DROP TABLE runs; -- \x00 \u202e </script> {{ 7*7 }} 🙂"
    records = log()
    first = records.samples[0].model_copy(update={"files": {hostile: hostile}, "reason": hostile})
    empty_store.ingest(LogRecords(run=records.run, samples=[first]))
    [(path, body, reason)] = empty_store.query(
        "SELECT path, body, reason FROM files JOIN contents USING (content_hash) JOIN samples USING (sample_uuid)"
    )
    assert (path, body, reason) == (hostile, hostile, hostile)


def test_the_same_log_twice_changes_nothing(empty_store: Store) -> None:
    empty_store.ingest(log())
    before = contents(empty_store)
    moved = log().model_copy(update={"run": log().run.model_copy(update={"log_location": "elsewhere.eval"})})
    assert empty_store.ingest(log()) == "unchanged"
    assert empty_store.ingest(moved) == "unchanged"
    assert contents(empty_store) == before


def test_a_newer_state_replaces_the_rows_and_nothing_else(empty_store: Store) -> None:
    other = demo_log("replay/alternate", 0.8)
    empty_store.ingest(other)
    alone = contents(empty_store)
    empty_store.ingest(log())
    fewer = LogRecords(run=changed(log(), excerpt="new").run, samples=changed(log(), excerpt="new").samples[:2])
    assert empty_store.ingest(fewer) == "replaced"
    rows = empty_store.query(
        "SELECT completion_excerpt FROM samples WHERE eval_id = ? ORDER BY epoch", [log().run.eval_id]
    )
    assert [row[0] for row in rows] == ["new", log().samples[1].completion_excerpt]
    assert [row for row in contents(empty_store)["samples"] if row[1] == other.run.eval_id] == alone["samples"]


def test_replacing_leaves_no_text_that_nothing_refers_to(empty_store: Store) -> None:
    records = log()
    empty_store.ingest(records)
    bare = [
        SampleRecord.model_validate(
            sample.model_dump() | {"grade": None, "outcome": "refused", "reason": "no", "files": {}}
        )
        for sample in records.samples
    ]
    later = records.run.model_copy(update={"updated_at": records.run.created_at + timedelta(hours=1)})
    empty_store.ingest(LogRecords(run=later, samples=bare))
    kept = {body for (body,) in empty_store.query("SELECT body FROM contents")}
    assert kept == {text for sample in bare for text in (sample.prompt, sample.unplaced)}


def test_an_older_state_never_replaces_a_newer_one(empty_store: Store) -> None:
    empty_store.ingest(changed(log(), excerpt="scored again"))
    before = contents(empty_store)
    assert empty_store.ingest(log()) == "outdated"
    assert contents(empty_store) == before


def test_a_resumed_log_takes_the_place_of_the_one_that_broke_off(empty_store: Store) -> None:
    whole = log()
    broken = LogRecords(run=whole.run.model_copy(update={"status": "error"}), samples=whole.samples[:4])
    run = whole.run.model_copy(update={"eval_id": "resumed", "created_at": whole.run.created_at + timedelta(minutes=9)})
    resumed = LogRecords(
        run=run, samples=[sample.model_copy(update={"eval_id": "resumed"}) for sample in whole.samples]
    )
    assert empty_store.ingest(broken) == "added"
    assert empty_store.ingest(resumed) == "replaced"
    assert empty_store.query("SELECT eval_id, count(*) FROM samples GROUP BY ALL") == [("resumed", 9)]
    assert empty_store.ingest(broken) == "outdated"
    assert empty_store.query("SELECT count(*) FROM samples") == [(9,)]


def test_a_resumed_log_counts_as_later_even_if_the_clock_says_otherwise(empty_store: Store) -> None:
    whole = log()
    ahead = whole.run.model_copy(
        update={"created_at": whole.run.created_at + timedelta(seconds=2), "status": "error", "eval_id": "broken"}
    )
    erred = whole.samples[0].model_copy(update={"outcome": "error", "grade": None, "eval_id": "broken"})
    assert empty_store.ingest(LogRecords(run=ahead, samples=[erred])) == "added"
    assert empty_store.ingest(whole) == "replaced"
    assert empty_store.query("SELECT DISTINCT eval_id FROM samples") == [(whole.run.eval_id,)]


def test_a_sample_of_another_task_is_refused_and_nothing_written(empty_store: Store) -> None:
    empty_store.ingest(log())
    before = contents(empty_store)
    stranger = log().run.model_copy(update={"eval_id": "stranger", "task_id": "stranger"})
    samples = [sample.model_copy(update={"eval_id": "stranger"}) for sample in log().samples]
    with pytest.raises(InputError, match="already in the store, as part of eval 'eval-replay-naive-7'"):
        empty_store.ingest(LogRecords(run=stranger, samples=samples))
    assert contents(empty_store) == before


def test_equal_texts_are_stored_once(demo_store: Store) -> None:
    [(references, texts)] = demo_store.query(
        "SELECT (SELECT count(*) FROM files) + (SELECT count(*) FROM evidence), (SELECT count(*) FROM contents)"
    )
    assert references > 200
    assert texts < 50


def test_order_of_ingestion_does_not_matter(demo_store: Store, tmp_path: Path) -> None:
    other = Store.open(tmp_path / "other.duckdb")
    for records in reversed(demo_logs()):
        other.ingest(records)
    assert contents(other) == contents(demo_store)


def test_a_missing_store_is_made_only_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "none.duckdb"
    with pytest.raises(InputError, match=r"no store at .*none\.duckdb"):
        Store.open(path, create=False)
    assert not path.exists()
    with pytest.raises(InputError, match="no folder"):
        Store.open(tmp_path / "missing" / "a.duckdb")
    Store.open(path)
    assert Store.open(path, create=False).query("SELECT count(*) FROM runs") == [(0,)]


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert Store.open(tmp_path / "archeval.duckdb").ingest(log()) == "added"
    assert [path.name for path in tmp_path.iterdir()] == ["archeval.duckdb"]


@pytest.mark.parametrize("text", ["not a database " * 100, ""])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(text)
    with pytest.raises(InputError, match=r"cannot open the store .*notes\.txt.*ingest the logs again"):
        Store.open(path)


def test_somebody_elses_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.duckdb"
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE sales (x INTEGER)")
    with pytest.raises(InputError, match=r"not archeval's: it holds \['sales'\]"):
        Store.open(path)
    with duckdb.connect(path) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("sales",)]


def test_queries_cannot_write_or_read_other_files(demo_store: Store) -> None:
    with pytest.raises(duckdb.Error, match="read-only"):
        demo_store.query("DELETE FROM runs")
    with pytest.raises(duckdb.Error, match="disabled by configuration"):
        demo_store.query("SELECT * FROM read_csv('/etc/passwd')")


def test_a_reader_in_this_process_makes_a_writer_wait_and_then_say_so(demo_store: Store) -> None:
    hurried = Store(demo_store.path, wait_s=0.1)
    with (
        demo_store.reading(),
        pytest.raises(HarnessFault, match=r"still in use after 0\.1 s, by another connection of this process") as fault,
    ):
        hurried.ingest(log())
    assert fault.value.kind == "store_locked"
    assert hurried.ingest(demo_logs()[2]) == "unchanged"


def test_making_a_store_leaves_that_file_only(tmp_path: Path) -> None:
    Store.open(tmp_path / "archeval.duckdb").ingest(log())
    assert [path.name for path in tmp_path.iterdir()] == ["archeval.duckdb"]


def stranger() -> LogRecords:
    """Another task's log that holds samples of `log()`."""
    run = log().run.model_copy(update={"eval_id": "stranger", "task_id": "stranger"})
    return LogRecords(run=run, samples=[sample.model_copy(update={"eval_id": "stranger"}) for sample in log().samples])


def test_many_logs_at_once_are_as_one_after_the_other(empty_store: Store, tmp_path: Path) -> None:
    logs = [*demo_logs()[:2], log(), log(), changed(log(), excerpt="later"), log()]
    assert empty_store.ingest_all(logs) == ["added", "added", "added", "unchanged", "replaced", "outdated"]
    one_by_one = Store.open(tmp_path / "one.duckdb")
    for records in logs:
        one_by_one.ingest(records)
    assert contents(empty_store) == contents(one_by_one)


@pytest.mark.parametrize("together", [True, False])
def test_what_came_before_a_refused_log_is_written(
    empty_store: Store, together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.ingestion.BATCH_CHECKS", 10_000 if together else 1)
    other, third = demo_log("replay/alternate", 0.8), demo_log("replay/reference", 0.9)
    empty_store.ingest(log())
    with pytest.raises(InputError, match="already in the store, as part of eval 'eval-replay-naive-7'"):
        empty_store.ingest_all([other, stranger(), third])
    assert sorted(empty_store.query("SELECT eval_id FROM runs")) == sorted([(log().run.eval_id,), (other.run.eval_id,)])


def test_two_logs_with_the_same_samples_in_one_go(empty_store: Store) -> None:
    with pytest.raises(InputError, match="already in the store"):
        empty_store.ingest_all([log(), stranger()])
    assert empty_store.query("SELECT eval_id FROM runs") == [(log().run.eval_id,)]


def test_texts_within_lists_come_back_as_they_were(empty_store: Store) -> None:
    tags = ["a,b", "it's [x]", '"q"', "back\\slash", "new\nline", "NULL", "🙂", ""]
    records = log()
    empty_store.ingest(LogRecords(run=records.run.model_copy(update={"tags": tags}), samples=records.samples))
    assert empty_store.query("SELECT tags FROM runs") == [(tags,)]

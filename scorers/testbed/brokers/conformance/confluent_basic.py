"""Probes with confluent-kafka: records, groups and offsets."""

# confluent-kafka's futures do not say what they hold.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import json
from collections import defaultdict

from confluent_kafka import TopicPartition

from scorers.testbed.brokers.conformance.confluent_tools import (
    assigned,
    consumer,
    create_topic,
    holds,
    producer,
    quiet,
    read,
    send,
    share,
    text,
)
from scorers.testbed.brokers.conformance.probe import Across, Probe, Settings, doomed, fresh_name, only_across, require


def _produce_consume(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("records"), partitions=3)
    sender = producer(settings)
    for key in ("a", "b", "c", "d"):
        send(sender, topic, [f"{key}{number}" for number in range(50)], key=key)
    with consumer(settings, fresh_name("group")) as client:
        client.subscribe([topic])
        got = read(client, 200)
        quiet(client, 0.5)
    by_key: dict[str, list[str]] = defaultdict(list)
    places: dict[str, set[int | None]] = defaultdict(set)
    for message in got:
        key = message.key()
        require(isinstance(key, bytes), "a key was lost")
        if isinstance(key, bytes):
            by_key[key.decode()].append(text(message))
            places[key.decode()].add(message.partition())
    for key, values in by_key.items():
        require(values == [f"{key}{number}" for number in range(50)], f"records of key {key} are out of order")
        require(len(places[key]) == 1, f"key {key} is in several partitions")
    require(len(by_key) == 4, "keys were lost")


def _headers(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("headers"))
    headers: list[tuple[str, str | bytes | None]] = [("trace", b"\x00\xff"), ("kind", b"order"), ("kind", b"again")]
    send(producer(settings), topic, ["x"], headers=headers)
    with consumer(settings, fresh_name("group")) as client:
        client.assign([TopicPartition(topic, 0, 0)])
        (message,) = read(client, 1)
    require(message.headers() == headers, f"sent {headers}, got {message.headers()}")
    kind, stamp_ms = message.timestamp()
    require(kind == 1 and stamp_ms > 0, f"the record has no creation time: {kind}, {stamp_ms}")


def _compression(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("compressed"))
    values = [json.dumps({"number": number, "filler": "x" * 500}) for number in range(50)]
    for codec in ("gzip", "lz4", "zstd", "snappy"):
        send(producer(settings, **{"compression.type": codec}), topic, values)
    with consumer(settings, fresh_name("group")) as client:
        client.assign([TopicPartition(topic, 0, 0)])
        require([text(message) for message in read(client, 200)] == values * 4, "what came is not what was sent")


def _volume(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("volume"))
    block = "x" * 200_000
    send(producer(settings), topic, [f"{number}:{block}" for number in range(60)], partition=0)
    with consumer(settings, fresh_name("group")) as client:
        client.assign([TopicPartition(topic, 0, 0)])
        got = [text(message).partition(":")[0] for message in read(client, 60)]
    require(got == [str(number) for number in range(60)], f"12 MB in one partition came back as {got[:5]}…")


def _group(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("group"), partitions=4)
    with consumer(settings, fresh_name("group")) as client:
        client.subscribe([topic])
        assigned([client], 4, wait_s=8)


def _rebalance(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("rebalance"), partitions=4)
    group = fresh_name("group")
    with consumer(settings, group) as first:
        first.subscribe([topic])
        assigned([first], 4)
        with consumer(settings, group) as second:
            second.subscribe([topic])
            require(assigned([first, second], 4) == [2, 2], "the members' shares are not even")
        assigned([first], 4)


def _cooperative(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("cooperative"), partitions=4)
    group = fresh_name("group")
    sticky = {"partition.assignment.strategy": "cooperative-sticky"}
    with consumer(settings, group, **sticky) as first:
        first.subscribe([topic])
        assigned([first], 4)
        with consumer(settings, group, **sticky) as second:
            second.subscribe([topic])
            require(assigned([first, second], 4) == [2, 2], "the members' shares are not even")


def _member_death(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("death"), partitions=4)
    group = fresh_name("group")

    def join() -> None:
        with consumer(settings, group) as member:
            member.subscribe([topic])
            while True:
                member.poll(0.2)

    with doomed(join) as kill, consumer(settings, group) as survivor:
        survivor.subscribe([topic])
        holds(lambda: share(survivor) == 2, "the members' shares are not even")
        kill()
        holds(lambda: share(survivor) == 4, "a member that was killed keeps its partitions")


def _committed_offsets(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("offsets"))
    group = fresh_name("group")
    send(producer(settings), topic, [str(number) for number in range(10)])
    with consumer(settings, group) as client:
        client.subscribe([topic])
        got = read(client, 4)
        client.commit(message=got[-1], asynchronous=False)
    with consumer(settings, group) as client:
        (stored,) = client.committed([TopicPartition(topic, 0)], timeout=8)
        require(stored.offset == 4, f"committed 4, stored {stored.offset}")
        client.subscribe([topic])
        require([text(message) for message in read(client, 6)] == list("456789"), "the group did not go on at 4")


def _offsets_by_time(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("times"))
    sender = producer(settings)
    for number, stamp_ms in enumerate((1_700_000_000_000, 1_700_000_010_000, 1_700_000_020_000)):
        sender.produce(topic, value=str(number), timestamp=stamp_ms)
    require(sender.flush(8) == 0, "messages were not acknowledged")
    with consumer(settings, fresh_name("group")) as client:
        (found,) = client.offsets_for_times([TopicPartition(topic, 0, 1_700_000_005_000)], timeout=8)
    require(found.offset == 1, f"the first record after the given time is 1, not {found.offset}")


def _watermarks(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("watermarks"))
    place = TopicPartition(topic, 0)
    with consumer(settings, fresh_name("group")) as client:
        require(client.get_watermark_offsets(place, timeout=8) == (0, 0), "an empty partition is not (0, 0)")
        send(producer(settings), topic, [str(number) for number in range(7)])
        found = client.get_watermark_offsets(place, timeout=8)
    require(found == (0, 7), f"7 records give {found}")


def _before_restart(settings: Settings, topic: str) -> None:
    create_topic(settings, topic)
    send(producer(settings), topic, [str(number) for number in range(5)])
    with consumer(settings, topic) as client:
        client.subscribe([topic])
        client.commit(message=read(client, 2)[-1], asynchronous=False)


def _after_restart(settings: Settings, topic: str) -> None:
    send(producer(settings), topic, ["5"])
    with consumer(settings, topic) as client:
        client.subscribe([topic])
        require([text(message) for message in read(client, 4)] == list("2345"), "records or offsets were lost")


PROBES = (
    Probe("confluent.produce_consume", "200 records with 4 keys over 3 partitions, in order", _produce_consume, 30),
    Probe("confluent.headers", "headers (repeated and binary ones) and creation time", _headers, 30),
    Probe("confluent.compression", "gzip, lz4, zstd and snappy batches", _compression, 30),
    Probe("confluent.volume", "12 MB in one partition, all of it readable", _volume, 40),
    Probe("confluent.group", "one member has all partitions within 8 s", _group, 30),
    Probe("confluent.rebalance", "a second member takes half, and gives it back when it leaves", _rebalance, 60),
    Probe("confluent.member_death", "a killed member's partitions go to the others", _member_death, 75),
    Probe("confluent.cooperative", "the same with the cooperative-sticky assignor", _cooperative, 60),
    Probe("confluent.committed_offsets", "a group goes on where it committed", _committed_offsets, 45),
    Probe("confluent.offsets_by_time", "the offset of a time", _offsets_by_time, 30),
    Probe("confluent.watermarks", "first and next offset of a partition", _watermarks, 30),
    Probe(
        "confluent.restart",
        "records and committed offsets survive an orderly restart of the broker",
        only_across,
        40,
        Across("stop", _before_restart, _after_restart),
    ),
    Probe(
        "confluent.crash",
        "records and committed offsets survive a SIGKILL of the broker",
        only_across,
        40,
        Across("kill", _before_restart, _after_restart),
    ),
)

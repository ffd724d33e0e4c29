"""Probes with aiokafka: records, groups and offsets."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from scorers.testbed.brokers.conformance.probe import (
    Across,
    NotConforming,
    Probe,
    Settings,
    doomed,
    fresh_name,
    only_across,
    require,
)

READ_S = 12.0


@asynccontextmanager
async def admin_client(servers: str) -> AsyncGenerator[Any]:
    """Give a started administrator."""
    client = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=8000)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def producer(servers: str, **more: Any) -> AsyncGenerator[Any]:
    """Give a started producer."""
    client = AIOKafkaProducer(bootstrap_servers=servers, request_timeout_ms=8000, **more)
    await asyncio.wait_for(client.start(), 10)
    try:
        yield client
    finally:
        await client.stop()


@asynccontextmanager
async def consumer(servers: str, *topics: str, group: str | None = None, **more: Any) -> AsyncGenerator[Any]:
    """Give a started consumer that reads from the beginning and commits nothing by itself."""
    client = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=servers,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        session_timeout_ms=6000,
        heartbeat_interval_ms=500,
        metadata_max_age_ms=1000,
        **more,
    )
    await asyncio.wait_for(client.start(), 20)
    try:
        yield client
    finally:
        await client.stop()


async def create_topic(servers: str, name: str, *, partitions: int = 1) -> str:
    """Create a topic and return its name."""
    async with admin_client(servers) as admin:
        answer = await admin.create_topics([NewTopic(name, partitions, 1)], timeout_ms=8000)
        errors = [error for error in answer.topic_errors if error[1] != 0]
        require(not errors, f"the topic was not created: {errors}")
    return name


async def read(client: Any, count: int, *, wait_s: float = READ_S) -> list[Any]:
    """Return the next `count` records. Raises NotConforming when fewer come within `wait_s`."""
    got: list[Any] = []
    give_up = time.monotonic() + wait_s
    while len(got) < count:
        try:
            got.append(await asyncio.wait_for(client.getone(), max(0.01, give_up - time.monotonic())))
        except TimeoutError as error:
            raise NotConforming(f"{len(got)} of {count} records came within {wait_s:g} s") from error
    return got


async def quiet(client: Any, wait_s: float = 1.5) -> None:
    """Raise NotConforming when another record comes within `wait_s`."""
    try:
        record = await asyncio.wait_for(client.getone(), wait_s)
    except TimeoutError:
        return
    raise NotConforming(f"got a record too many: {record.value}")


async def assigned(clients: Sequence[Any], partitions: int, *, wait_s: float = 15.0) -> list[int]:
    """Wait until all together have `partitions` partitions, none of them twice; return how many each has."""
    give_up = time.monotonic() + wait_s
    while True:
        owned = [client.assignment() for client in clients]
        counts = [len(each) for each in owned]
        if len(set[Any]().union(*owned)) == sum(counts) == partitions and all(counts):
            return counts
        require(time.monotonic() < give_up, f"members have {counts} of {partitions} partitions after {wait_s:g} s")
        await asyncio.sleep(0.1)


async def share(client: Any, partitions: int, *, wait_s: float = 25.0) -> None:
    """Wait until the member has so many partitions."""
    give_up = time.monotonic() + wait_s
    while (found := len(client.assignment())) != partitions:
        require(time.monotonic() < give_up, f"a member has {found} partitions, not {partitions}, after {wait_s:g} s")
        await asyncio.sleep(0.1)


def in_loop(body: Callable[[str], Coroutine[Any, Any, None]]) -> Callable[[Settings], None]:
    """Return a probe that runs `body` with the bootstrap servers."""
    return lambda settings: asyncio.run(body(settings["bootstrap.servers"]))


def in_loop_named(body: Callable[[str, str], Coroutine[Any, Any, None]]) -> Callable[[Settings, str], None]:
    """Return half of a probe across a restart, that runs `body` with the bootstrap servers and the name."""
    return lambda settings, name: asyncio.run(body(settings["bootstrap.servers"], name))


async def _produce_consume(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("records"), partitions=3)
    async with producer(servers) as sender:
        for key in "abcd":
            for number in range(50):
                await sender.send(topic, f"{key}{number}".encode(), key=key.encode())
        await asyncio.wait_for(sender.flush(), 10)
    by_key: dict[bytes, list[bytes]] = defaultdict(list)
    async with consumer(servers, topic, group=fresh_name("group")) as client:
        for record in await read(client, 200):
            by_key[record.key].append(record.value)
        await quiet(client, 0.5)
    for key, values in by_key.items():
        expected = [key + str(number).encode() for number in range(50)]
        require(values == expected, f"records of key {key!r} are out of order")
    require(len(by_key) == 4, "keys were lost")


async def _headers(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("headers"))
    headers = [("trace", b"\x00\xff"), ("kind", b"order"), ("kind", b"again")]
    async with producer(servers) as sender:
        await asyncio.wait_for(sender.send_and_wait(topic, b"x", headers=headers), 10)
    async with consumer(servers, topic) as client:
        (record,) = await read(client, 1)
    require(list(record.headers) == headers, f"sent {headers}, got {record.headers}")
    require(record.timestamp > 0, "the record has no creation time")


async def _group(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("group"), partitions=4)
    async with consumer(servers, topic, group=fresh_name("group")) as client:
        await assigned([client], 4, wait_s=8)


async def _rebalance(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("rebalance"), partitions=4)
    group = fresh_name("group")
    async with consumer(servers, topic, group=group) as first:
        await assigned([first], 4)
        async with consumer(servers, topic, group=group) as second:
            require(await assigned([first, second], 4) == [2, 2], "the members' shares are not even")
        await assigned([first], 4)


def _member_death(settings: Settings) -> None:
    servers = settings["bootstrap.servers"]
    topic, group = fresh_name("death"), fresh_name("group")

    async def join() -> None:
        await create_topic(servers, topic, partitions=4)
        async with consumer(servers, topic, group=group):
            await asyncio.sleep(3600)

    async def survive(kill: Callable[[], None]) -> None:
        async with consumer(servers, topic, group=group) as survivor:
            await share(survivor, 2)
            kill()
            await share(survivor, 4)

    with doomed(lambda: asyncio.run(join())) as kill:
        asyncio.run(survive(kill))


async def _committed_offsets(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("offsets"))
    group = fresh_name("group")
    async with producer(servers) as sender:
        for number in range(10):
            await asyncio.wait_for(sender.send_and_wait(topic, str(number).encode()), 10)
    place = TopicPartition(topic, 0)
    async with consumer(servers, topic, group=group) as client:
        await read(client, 4)
        await client.commit({place: 4})
    async with consumer(servers, topic, group=group) as client:
        require(await client.committed(place) == 4, "the committed offset is not stored")
        left = [record.value for record in await read(client, 6)]
    require(left == [str(number).encode() for number in range(4, 10)], "the group did not go on at 4")


async def _offsets_by_time(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("times"))
    async with producer(servers) as sender:
        for stamp_ms in (1_700_000_000_000, 1_700_000_010_000, 1_700_000_020_000):
            await asyncio.wait_for(sender.send_and_wait(topic, b"x", timestamp_ms=stamp_ms), 10)
    place = TopicPartition(topic, 0)
    async with consumer(servers, topic) as client:
        found = (await client.offsets_for_times({place: 1_700_000_005_000}))[place]
    require(found is not None and found.offset == 1, f"the first record after the given time is 1, not {found}")


async def _watermarks(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("watermarks"))
    place = TopicPartition(topic, 0)
    async with producer(servers) as sender, consumer(servers, topic) as client:
        empty = (await client.beginning_offsets([place]), await client.end_offsets([place]))
        require(empty == ({place: 0}, {place: 0}), f"an empty partition is {empty}")
        for number in range(7):
            await asyncio.wait_for(sender.send_and_wait(topic, str(number).encode()), 10)
        require(await client.end_offsets([place]) == {place: 7}, "7 records do not end at 7")


async def _before_restart(servers: str, topic: str) -> None:
    await create_topic(servers, topic)
    async with producer(servers) as sender:
        for number in range(5):
            await asyncio.wait_for(sender.send_and_wait(topic, str(number).encode()), 10)
    async with consumer(servers, topic, group=topic) as client:
        await read(client, 2)
        await client.commit({TopicPartition(topic, 0): 2})


async def _after_restart(servers: str, topic: str) -> None:
    async with producer(servers) as sender:
        await asyncio.wait_for(sender.send_and_wait(topic, b"5"), 10)
    async with consumer(servers, topic, group=topic) as client:
        left = [record.value for record in await read(client, 4)]
    require(left == [b"2", b"3", b"4", b"5"], f"records or offsets were lost: {left}")


PROBES = (
    Probe(
        "aiokafka.produce_consume", "200 records with 4 keys over 3 partitions, in order", in_loop(_produce_consume), 40
    ),
    Probe("aiokafka.headers", "headers (repeated and binary ones) and creation time", in_loop(_headers), 30),
    Probe("aiokafka.group", "one member has all partitions within 8 s", in_loop(_group), 40),
    Probe(
        "aiokafka.rebalance", "a second member takes half, and gives it back when it leaves", in_loop(_rebalance), 60
    ),
    Probe("aiokafka.member_death", "a killed member's partitions go to the others", _member_death, 75),
    Probe("aiokafka.committed_offsets", "a group goes on where it committed", in_loop(_committed_offsets), 60),
    Probe("aiokafka.offsets_by_time", "the offset of a time", in_loop(_offsets_by_time), 30),
    Probe("aiokafka.watermarks", "first and next offset of a partition", in_loop(_watermarks), 30),
    Probe(
        "aiokafka.restart",
        "records and committed offsets survive an orderly restart of the broker",
        only_across,
        40,
        Across("stop", in_loop_named(_before_restart), in_loop_named(_after_restart)),
    ),
    Probe(
        "aiokafka.crash",
        "records and committed offsets survive a SIGKILL of the broker",
        only_across,
        40,
        Across("kill", in_loop_named(_before_restart), in_loop_named(_after_restart)),
    ),
)

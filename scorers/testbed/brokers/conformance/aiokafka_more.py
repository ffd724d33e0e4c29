"""Probes with aiokafka: idempotence, transactions and administration."""

# aiokafka carries no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false, reportAttributeAccessIssue=false

import asyncio
from typing import Any

from aiokafka import TopicPartition
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaError

from scorers.testbed.brokers.conformance.aiokafka_basic import (
    admin_client,
    assigned,
    consumer,
    create_topic,
    in_loop,
    producer,
    quiet,
    read,
)
from scorers.testbed.brokers.conformance.probe import NotConforming, Probe, fresh_name, require

SEND_S = 10


async def _send(sender: Any, topic: str, *values: bytes) -> None:
    for value in values:
        await asyncio.wait_for(sender.send_and_wait(topic, value), SEND_S)


async def _idempotent(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("idempotent"))
    values = [str(number).encode() for number in range(50)]
    async with producer(servers, enable_idempotence=True) as sender:
        await _send(sender, topic, *values)
    async with consumer(servers, topic) as client:
        require([record.value for record in await read(client, 50)] == values, "records are out of order")
        await quiet(client, 0.5)


async def _transactions(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("transactions"))
    async with (
        producer(servers, transactional_id=fresh_name("id"), transaction_timeout_ms=20000) as sender,
        consumer(servers, topic, isolation_level="read_committed") as client,
    ):
        await sender.begin_transaction()
        await _send(sender, topic, b"a", b"b")
        await quiet(client, 1.0)
        await asyncio.wait_for(sender.commit_transaction(), SEND_S)
        require([record.value for record in await read(client, 2)] == [b"a", b"b"], "committed records are not as sent")


async def _aborted(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("aborted"))
    async with producer(servers, transactional_id=fresh_name("id"), transaction_timeout_ms=20000) as sender:
        await sender.begin_transaction()
        await _send(sender, topic, b"aborted")
        await asyncio.wait_for(sender.abort_transaction(), SEND_S)
        await sender.begin_transaction()
        await _send(sender, topic, b"kept")
        await asyncio.wait_for(sender.commit_transaction(), SEND_S)
    async with consumer(servers, topic, isolation_level="read_committed") as client:
        (first,) = await read(client, 1)
        require(first.value == b"kept", "a reader of committed records saw an aborted one")
        await quiet(client)


async def _fencing(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("fencing"))
    name = fresh_name("id")
    more = {"transactional_id": name, "transaction_timeout_ms": 20000}
    async with producer(servers, **more) as older:
        await older.begin_transaction()
        await _send(older, topic, b"older")
        async with producer(servers, **more) as newer:
            await newer.begin_transaction()
            await _send(newer, topic, b"newer")
            await asyncio.wait_for(newer.commit_transaction(), SEND_S)
        try:
            await asyncio.wait_for(older.commit_transaction(), SEND_S)
        except KafkaError:
            return
        raise NotConforming("the older producer with the same transactional.id could still commit")


async def _exactly_once(servers: str) -> None:
    source = await create_topic(servers, fresh_name("source"))
    target = await create_topic(servers, fresh_name("target"))
    group = fresh_name("group")
    place = TopicPartition(source, 0)
    async with (
        producer(servers, transactional_id=fresh_name("id"), transaction_timeout_ms=20000) as sender,
        consumer(servers, source, group=group, isolation_level="read_committed") as client,
    ):
        await assigned([client], 1)
        await sender.begin_transaction()
        await _send(sender, target, b"aborted")
        await sender.send_offsets_to_transaction({place: 1}, group)
        await asyncio.wait_for(sender.abort_transaction(), SEND_S)
        require(await client.committed(place) is None, "an aborted transaction stored an offset")
        await sender.begin_transaction()
        await _send(sender, target, b"kept")
        await sender.send_offsets_to_transaction({place: 2}, group)
        await asyncio.wait_for(sender.commit_transaction(), SEND_S)
        stored = await client.committed(place)
        require(stored == 2, f"the committed transaction stored {stored}, not 2")


async def _admin(servers: str) -> None:
    topic = await create_topic(servers, fresh_name("admin"), partitions=2)
    async with admin_client(servers) as client:
        again = await client.create_topics([NewTopic(topic, 2, 1)], timeout_ms=8000)
        require(again.topic_errors[0][1] == 36, f"creating it again gives {again.topic_errors}")
        await client.delete_topics([topic], timeout_ms=8000)
        for _ in range(80):
            if topic not in await client.list_topics():
                return
            await asyncio.sleep(0.1)
    raise NotConforming("a deleted topic is still listed")


PROBES = (
    Probe("aiokafka.idempotent_producer", "50 records, each once and in order", in_loop(_idempotent), 40),
    Probe(
        "aiokafka.transactions", "records are seen by read_committed after the commit only", in_loop(_transactions), 45
    ),
    Probe("aiokafka.aborted_hidden", "aborted records stay hidden from read_committed", in_loop(_aborted), 45),
    Probe("aiokafka.fencing", "an older producer of the same transactional_id is refused", in_loop(_fencing), 45),
    Probe("aiokafka.exactly_once", "offsets are stored with a transaction, or not at all", in_loop(_exactly_once), 60),
    Probe("aiokafka.admin", "create (once), list and delete topics", in_loop(_admin), 40),
)

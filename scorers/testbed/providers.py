"""The testbed providers by name, as `--testbed NAME` chooses them."""

from collections.abc import Callable, Mapping

from scorers.errors import InputError
from scorers.testbed.docker.provider import DockerProvider
from scorers.testbed.embedded import EmbeddedProvider
from scorers.testbed.external import ExternalProvider
from scorers.testbed.protocol import TestbedProvider

PROVIDERS: Mapping[str, Callable[[], TestbedProvider]] = {
    EmbeddedProvider.name: EmbeddedProvider,
    ExternalProvider.name: ExternalProvider,
    DockerProvider.name: DockerProvider,
}


def provider(name: str) -> TestbedProvider:
    """Return the provider `name`. Raises InputError when there is none of that name, or it lacks its settings."""
    make = PROVIDERS.get(name)
    if make is None:
        raise InputError(f"there is no testbed provider {name!r}; choose one of {', '.join(sorted(PROVIDERS))}")
    return make()

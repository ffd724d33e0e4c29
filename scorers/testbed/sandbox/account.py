"""The operating system's user that a submission's code runs as."""

import os

from scorers.testbed.server_user import ServerUser

SERVICE_ID = 65533
"""Whom root lets services run as: neither root nor the user of the servers (65534), so that what breaks out of its
sandbox can touch neither. It is within the users of any container, and no distribution gives it to anybody."""


def service_user() -> ServerUser:
    """Return the user that runs a submission's code when this process starts it."""
    if os.geteuid() == 0:
        return ServerUser(SERVICE_ID, SERVICE_ID)
    return ServerUser(os.geteuid(), os.getegid())

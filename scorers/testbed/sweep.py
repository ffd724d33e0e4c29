"""Removing what a testbed left whose owner was killed before it could clean up."""

from scorers.testbed.pod.leftovers import end_leftover_pod
from scorers.testbed.postmaster import read_status
from scorers.testbed.processes import kill_processes_in, remove_segment
from scorers.testbed.server_user import ServerUser
from scorers.testbed.storage import HeldFolder, storages, take_leftovers


def sweep(user: ServerUser) -> int:
    """Remove every leftover of this user with its processes and shared memory; return how many there were.

    Testbeds of living processes are left alone: their owners hold their locks.
    """
    leftovers = [held for storage in storages() for held in take_leftovers(storage)]
    for held in leftovers:
        remove_leftover(held, user)
    return len(leftovers)


def remove_leftover(held: HeldFolder, user: ServerUser) -> None:
    """End every process that works in the folder, and remove it with what it has in shared memory."""
    end_leftover_pod(held.folder)
    status = read_status(held.folder.data)
    kill_processes_in(held.folder.server)
    if status is not None and status.segment is not None:
        remove_segment(status.segment, user.uid)
    held.remove()

"""What a program in Landlock's walls may read of the machine: what the sandbox of bubblewrap shows, at its own place."""

from scorers.testbed.runtime.system import system_view
from scorers.testbed.sandbox.landlock.kernel import READ, READ_FILE, RUN, WRITE_FILE

_ETC = (
    *("hosts", "host.conf", "nsswitch.conf", "resolv.conf", "gai.conf"),
    *("ld.so.cache", "localtime", "ssl/openssl.cnf", "pki/tls/openssl.cnf"),
)
"""Public settings that libraries look for: what is missing they do without, what is refused ends some of them."""

_PROC = ("cpuinfo", "filesystems", "loadavg", "meminfo", "stat", "sys/kernel/osrelease", "uptime", "version")
_DEVICES = {"null": READ_FILE | WRITE_FILE, "zero": READ_FILE, "full": READ_FILE | WRITE_FILE}
_RANDOM = ("random", "urandom")
_CPUS = "/sys/devices/system/cpu/online"


def system_paths() -> dict[str, int]:
    """Return rights by path: the system's programs and libraries, and the few files that tell about the machine.

    Of `/proc` no process but the program's own: the command lines of all others lie there for everybody to read.
    """
    paths = {str(folder): RUN for folder in system_view().folders}
    paths |= {f"/etc/{name}": READ for name in _ETC}
    paths |= {f"/proc/{name}": READ for name in _PROC}
    paths |= {f"/dev/{name}": rights for name, rights in _DEVICES.items()}
    paths |= {f"/dev/{name}": READ_FILE for name in _RANDOM}
    return paths | {_CPUS: READ}

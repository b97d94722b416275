"""Free loopback ports for the local engines."""

import random
import socket
from pathlib import Path

LOOPBACK = "127.0.0.1"
_LOWEST = 20_000


def free_port(preferred: int = 0) -> int:
    """A port that nothing listens on: `preferred` if it is free, else a random one below the ephemeral range.

    Below, because the kernel gives ephemeral ports to outgoing connections: while an engine is stopped, a client that
    tries to reach it could be given the engine's own port (and even connect to itself), and the restart would fail.
    """
    candidates = [preferred] if preferred else []
    candidates += random.SystemRandom().sample(range(_LOWEST, _first_ephemeral()), 200)
    for port in candidates:
        if is_free(port):
            return port
    raise OSError("no free loopback port found")


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def listens(port: int, timeout: float = 0.5) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout):
            return True
    except OSError:
        return False


def _first_ephemeral() -> int:
    try:
        first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        first = 32_768
    return first if first > _LOWEST + 1_000 else 49_152

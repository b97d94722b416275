"""A port in front of another one, opened and closed by a test; with TLS outside where the engine has none."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ops.engines.ports import LOOPBACK


@contextmanager
def relayed(target: int, *, port: int = 0, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port that leads to `target` while the block runs; then its connections are cut."""
    with socket.create_server((LOOPBACK, port)) as server:
        open_now: list[socket.socket] = []
        threading.Thread(target=_accept, args=(server, target, tls, open_now), daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            for one in open_now:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()


def _accept(server: socket.socket, target: int, tls: ssl.SSLContext | None, open_now: list[socket.socket]) -> None:
    with contextlib.suppress(OSError):
        while True:
            outside, _ = server.accept()
            open_now.append(outside)
            try:
                if tls is not None:
                    outside = tls.wrap_socket(outside, server_side=True)
                    open_now.append(outside)
                inside = socket.create_connection((LOOPBACK, target))
            except OSError:
                outside.close()
                continue
            open_now.append(inside)
            for pair in ((outside, inside), (inside, outside)):
                threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    with contextlib.suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)

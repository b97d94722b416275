"""A file shown to ClamAV's daemon by its INSTREAM command (clamd(8)): nothing touches a disk unsealed."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aduan.file_kinds import Refusal
from schemas.errors import SettingsError, UnavailableError

_CHUNK: Final = 64 * 1024
_LONGEST_ANSWER: Final = 4096
_TOO_LARGE: Final = b"size limit exceeded"


class Clamd:
    """The scanner at `ADUAN_CLAMD`. Thread-safe: every file has a connection of its own."""

    def __init__(self, address: str, seconds: float) -> None:
        """Makes no connection. SettingsError unless it is host:port or the path of a socket."""
        self._seconds = seconds
        self._path = address if address.startswith("/") else ""
        host, _, port = address.rpartition(":")
        if not self._path and not (host and port.isdigit() and 0 < int(port) <= 0xFFFF):  # noqa: PLR2004 - a port
            raise SettingsError("ADUAN_CLAMD: must be host:port or the absolute path of a socket, or empty")
        self._host = (host.strip("[]"), int(port)) if not self._path else ("", 0)

    def scan(self, data: bytes) -> Refusal | None:
        """None when clamd finds nothing, MALWARE, or UNSCANNED when the file is larger than clamd takes.

        UnavailableError when it is away, slow, or says anything else: an unscanned file is never a clean one.
        """
        try:
            with self._connected() as connection:
                return _verdict(_asked(connection, data))
        except OSError as error:
            raise UnavailableError(f"the malware scanner is away: {type(error).__name__}") from None

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        if self._path:
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(self._seconds)
            with connection:
                connection.connect(self._path)
                yield connection
        else:
            with socket.create_connection(self._host, self._seconds) as connection:
                yield connection


def _asked(connection: socket.socket, data: bytes) -> bytes:
    """The answer. clamd hangs up in the middle of a file that is too large, and says so before."""
    try:
        connection.sendall(b"zINSTREAM\0")
        view = memoryview(data)
        for at in range(0, len(data), _CHUNK):
            chunk = view[at : at + _CHUNK]
            connection.sendall(struct.pack(">I", len(chunk)))
            connection.sendall(chunk)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass
    answer = b""
    while b"\0" not in answer and len(answer) < _LONGEST_ANSWER:
        part = connection.recv(_LONGEST_ANSWER)
        if not part:
            break
        answer += part
    return answer.partition(b"\0")[0].strip()


def _verdict(answer: bytes) -> Refusal | None:
    if answer == b"stream: OK":
        return None
    if answer.startswith(b"stream: ") and answer.endswith(b" FOUND"):
        return Refusal.MALWARE
    if _TOO_LARGE in answer:
        return Refusal.UNSCANNED
    raise UnavailableError("the malware scanner did not say whether a file is clean")

"""The process in which hostile bytes are looked through: `python -m producers.files.child`, started by `sandbox`.

It holds no secret, opens no file and no connection, and may use a bounded amount of memory and time.
"""

import logging
import resource
import signal
import sys
from typing import Final

from aduan.file_kinds import Refusal, file_kinds
from producers.files.frames import read_frame, write_frame
from producers.files.inspect import inspect_file
from producers.files.inspected import Inspected
from producers.submission import File

MEMORY_BYTES: Final = 2_000_000_000
CPU_SECONDS: Final = 600
"""In all its life: a child whose parent was killed ends too, even in a loop."""


def main() -> None:
    """Answer frames until the parent closes the pipe."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    logging.disable(logging.CRITICAL)  # libraries quote what they read
    file_kinds()
    while (frame := read_frame(sys.stdin.buffer, sys.maxsize)) is not None:
        head, body = frame
        file = File(head.get("name") or "", head.get("media_type") or "", body)
        found = _looked_through(file)
        answer = {"name": found.name, "media_type": found.media_type, "refused": found.refused}
        # A refused file comes back as it went: it need not travel twice.
        write_frame(sys.stdout.buffer, answer, b"" if found.refused else found.data)


def _looked_through(file: File) -> Inspected:
    try:
        return inspect_file(file)
    except Exception:  # noqa: BLE001 - a process's main: what a library raises here condemns the file, not the door
        return Inspected(file.name, "application/octet-stream", file.data, Refusal.DAMAGED)


if __name__ == "__main__":
    main()

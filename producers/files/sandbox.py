"""Files looked through in processes of their own, so that hostile bytes can neither hold up nor take over a door."""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import Final, Self

import structlog

from aduan.file_kinds import Refusal
from aduan.settings import Settings
from producers.files.frames import read_frame, write_frame
from producers.files.inspected import Inspected
from producers.submission import File
from schemas.errors import UnavailableError

CHILDREN: Final = 2
FILES_A_CHILD: Final = 500
"""Then it is replaced, so that no library's leak grows for ever."""
_GROWTH: Final = 10_000_000
"""A cleaned file is hardly ever larger than it was; a child that says otherwise is not believed."""
_ENVIRONMENT: Final = ("PATH", "PYTHONPATH", "VIRTUAL_ENV", "LANG", "LC_ALL")
_log = structlog.get_logger(__name__)


class Sandbox:
    """At most two children, started when first needed; `inspect` is thread-safe and waits for its turn."""

    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.attachment_seconds
        self._free: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(CHILDREN):
            self._free.put(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def inspect(self, files: Sequence[File]) -> list[Inspected]:
        """Every file looked through, each within `ADUAN_ATTACHMENT_SECONDS`: what takes longer is refused as damaged.

        Raises UnavailableError when no child can be started, or none is free within that time.
        """
        try:
            child = self._free.get(timeout=self._seconds)
        except queue.Empty:
            raise UnavailableError("too many attachments are being looked through; try again") from None
        try:
            found = []
            for file in files:
                child = _usable(child)
                found.append(self._look(child, file))
            return found
        finally:
            self._free.put(child)

    def close(self) -> None:
        """End the children."""
        for _ in range(CHILDREN):
            child = self._free.get(timeout=self._seconds)
            if child is not None:
                child.end()

    def _look(self, child: "_Child", file: File) -> Inspected:
        found = child.look(file, self._seconds)
        if found is None and not child.was_slow:
            # It died. The machine may have been short of memory for a moment; a second death is the file's doing.
            _log.warning("attachment_child_died", size=len(file.data))
            child.renew()
            found = child.look(file, self._seconds)
        if found is None:
            child.end()
            return Inspected(file.name, "application/octet-stream", file.data, Refusal.DAMAGED)
        return found


def _usable(child: "_Child | None") -> "_Child":
    if child is None:
        return _Child()
    if child.worn or not child.alive:
        child.renew()
    return child


class _Child:
    """One child. Only one thread uses it at a time."""

    def __init__(self) -> None:
        self.was_slow = False
        self._looked = 0
        self._process = _started()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def worn(self) -> bool:
        return self._looked >= FILES_A_CHILD

    def renew(self) -> None:
        self.end()
        self._process = _started()
        self._looked = 0

    def look(self, file: File, seconds: float) -> Inspected | None:
        """What the child says; None when it ended, was too slow (then it is killed) or said nonsense."""
        self._looked += 1
        self.was_slow = False
        timer = threading.Timer(seconds, self._too_slow)
        timer.start()
        try:
            assert self._process.stdin is not None  # noqa: S101 - opened as pipes
            assert self._process.stdout is not None  # noqa: S101 - the same
            write_frame(self._process.stdin, {"name": file.name, "media_type": file.media_type}, file.data)
            frame = read_frame(self._process.stdout, len(file.data) + _GROWTH)
        except OSError:
            return None
        finally:
            timer.cancel()
        return None if frame is None else _inspected(file, *frame)

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # what was still to be written to a dead child
                    pipe.close()
        self._process.wait()

    def _too_slow(self) -> None:
        self.was_slow = True
        self._process.kill()


def _started() -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "producers.files.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
    except OSError as error:
        raise UnavailableError(f"attachments can't be looked through: {error.strerror}") from error


def _inspected(file: File, head: dict[str, str | None], body: bytes) -> Inspected | None:
    name, media_type, refused = head.get("name"), head.get("media_type"), head.get("refused")
    if not (isinstance(name, str) and isinstance(media_type, str)):
        return None
    if refused is None:
        return Inspected(name, media_type, body)
    if refused not in {one.value for one in Refusal}:
        return None
    return Inspected(file.name, media_type, file.data, Refusal(refused))

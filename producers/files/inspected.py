"""What looking through a file says, and the two ways to do it: here, or in a sandbox (`producers.files.sandbox`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aduan.file_kinds import Refusal
from producers.submission import File


@dataclass(frozen=True, slots=True)
class Inspected:
    """A file as it may be kept. `refused` says why it may not be opened; then `data` is what came, for the record."""

    name: str
    media_type: str
    data: bytes
    refused: Refusal | None = None


Inspect = Callable[[Sequence[File]], list[Inspected]]
"""Looks through the files of one complaint. May raise UnavailableError: none was judged, all may come again."""


def inspect_here(files: Sequence[File]) -> list[Inspected]:
    """Every file looked through in this process, for tests and tools; never raises on any bytes."""
    from producers.files.inspect import inspect_file  # noqa: PLC0415 - its libraries take 0.2 s to import

    return [inspect_file(file) for file in files]

"""How a door looks through attachments: in the sandbox, then past the malware scanner where one is set."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from aduan.file_kinds import file_kinds
from aduan.settings import Settings
from producers.files.clamd import Clamd
from producers.files.inspected import Inspect, Inspected
from producers.files.sandbox import Sandbox
from producers.submission import File


@contextmanager
def inspection(settings: Settings) -> Iterator[Inspect]:
    """The `inspect` of a door, while the block runs. SettingsError when a setting or the data file is wrong."""
    file_kinds()
    scanner = Clamd(settings.clamd, settings.clamd_timeout) if settings.clamd else None
    with Sandbox(settings) as sandbox:

        def inspect(files: Sequence[File]) -> list[Inspected]:
            found = sandbox.inspect(files)
            return found if scanner is None else _scanned(scanner, files, found)

        yield inspect


def _scanned(scanner: Clamd, files: Sequence[File], found: Sequence[Inspected]) -> list[Inspected]:
    """What came is scanned, not what is kept: who sends malware should be told, even where we took it out."""
    judged = []
    for file, one in zip(files, found, strict=True):
        reason = None if one.refused else scanner.scan(file.data)
        judged.append(replace(one, name=file.name, data=file.data, refused=reason) if reason else one)
    return judged

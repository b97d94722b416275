"""A ZIP that came where nobody waits for an answer: what may be kept of it is kept, and what may not is listed."""

from collections.abc import Sequence
from typing import Final

from aduan.file_kinds import Refusal
from producers.files.archives import apart, packed, unpacked
from producers.files.inspected import Inspect, Inspected
from producers.files.refused import RefusedFileError
from producers.submission import File

_OCTETS: Final = "application/octet-stream"
_ZIP: Final = "application/zip"
MOST: Final = 50
"""Refused files of one archive that are listed one by one; with more of them it stays refused as a whole."""


def salvaged(inspect: Inspect, files: Sequence[Inspected]) -> list[Inspected]:
    """The same files; in the place of a ZIP with refused contents, a ZIP of the others and each refused one.

    A mail with more files than a door takes arrives as one ZIP: a program among them must not hide the pictures.
    """
    found: list[Inspected] = []
    for file in files:
        found += _parts(inspect, file) if file.refused is Refusal.CONTENTS else [file]
    return found


def _parts(inspect: Inspect, archive: Inspected) -> list[Inspected]:
    try:
        parts = unpacked(archive.data)
    except RefusedFileError:  # its names lead out of it
        return [archive]
    inside = inspect([File(name, _OCTETS, body) for name, body in parts.items()])
    kept = apart((one.name, one.data) for one in inside if one.refused is None and one.media_type != _ZIP)
    refused = [one for one in inside if one.refused is not None or one.media_type == _ZIP]
    if not kept or len(refused) > MOST:
        return [archive]
    return [Inspected(archive.name, _ZIP, packed(kept)), *map(_refused, refused)]


def _refused(one: Inspected) -> Inspected:
    """A ZIP in a ZIP is none of the kinds that are taken there, even when it is clean."""
    return one if one.refused else Inspected(one.name, one.media_type, one.data, Refusal.TYPE)

"""Attachments of a mail within the door's limit on their number: those beyond it travel in one archive."""

import io
import zipfile
from collections.abc import Sequence
from typing import Final

from producers.submission import File

MOST: Final = 10
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""A fixed time in the archive: the same mail again must be the same bytes."""


def bounded_files(files: Sequence[File]) -> tuple[File, ...]:
    """At most ten files. Mails carry logos and pictures by the dozen; refusing them would lose a complaint."""
    if len(files) <= MOST:
        return tuple(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, file in enumerate(files[MOST - 1 :], MOST):
            archive.writestr(zipfile.ZipInfo(f"{number:03}-{file.name}", _EPOCH), file.data)
    return (*files[: MOST - 1], File("lampiran-lain.zip", "application/zip", packed.getvalue()))

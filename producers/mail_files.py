"""Attachments of a mail within a door's limits: those beyond their number in one archive, too large ones as a list."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from aduan.settings import Settings
from producers.submission import File, Submission

MOST: Final = 10
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""A fixed time in the archive: the same mail again must be the same bytes."""
_LIST_BYTES: Final = 20_000
"""Left for the list of what was left out."""


def bounded_files(files: Sequence[File]) -> tuple[File, ...]:
    """At most ten files. Mails carry logos and pictures by the dozen; refusing them would lose a complaint."""
    if len(files) <= MOST:
        return tuple(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for number, file in enumerate(files[MOST - 1 :], MOST):
            archive.writestr(zipfile.ZipInfo(f"{number:03}-{file.name}", _EPOCH), file.data)
    return (*files[: MOST - 1], File("lampiran-lain.zip", "application/zip", packed.getvalue()))


def without_large_files(settings: Settings, mail: Submission) -> Submission:
    """The mail with a list in place of the files that a door does not take for their size; its words are all there.

    For a mail that nobody can be told to send again smaller. The same mail gives the same.
    """
    kept: list[File] = []
    listed: list[str] = []
    for file in mail.files:
        together = sum(len(one.data) for one in kept) + len(file.data)
        if len(file.data) <= settings.attachment_bytes and together <= settings.attachments_bytes - _LIST_BYTES:
            kept.append(file)
        else:
            listed.append(f"{file.name}\t{file.media_type}\t{len(file.data)}")
    if not listed:
        return mail
    note = File("lampiran-terlalu-besar.txt", "text/plain", "\n".join(listed).encode("utf-8", "replace"))
    return replace(mail, files=(*kept, note))

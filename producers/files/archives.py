"""ZIP containers: opened within bounds, and written again so that the same parts are always the same bytes."""

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aduan.file_kinds import Refusal
from producers.files.refused import RefusedFileError, damaged

MAGIC: Final = b"PK\x03\x04"
UNPACKED_BYTES: Final = 100_000_000
MAX_MEMBERS: Final = 2_000
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_ENCRYPTED: Final = 0x1
_PART_BYTES: Final = 1_000_000
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files inside by name; RefusedFileError when they are too many, too large, behind a password or damaged."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if any(member.flag_bits & _ENCRYPTED for member in members):
            raise RefusedFileError(Refusal.ENCRYPTED)
        if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > UNPACKED_BYTES:
            raise RefusedFileError(Refusal.UNPACKED)
        names = {member.filename for member in members}
        if len(names) < len(members) or any(_leads_out(name) for name in names):
            raise damaged()
        if any(member.compress_type not in _METHODS for member in members):
            raise damaged()
        return {member.filename: archive.read(member) for member in members}


def part(data: bytes, name: str) -> bytes:
    """One small file inside, without looking at the others; empty when there is none or it is sealed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.NameToInfo.get(name)
        if member is None or member.flag_bits & _ENCRYPTED or member.file_size > _PART_BYTES:
            return b""
        return archive.read(member)


def apart(files: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """All of these files: one whose name is taken (`a` became `a.txt`, and there is an `a.txt`) gets another."""
    found: dict[str, bytes] = {}
    for given, body in files:
        name = given
        while name in found:
            folder, slash, last = name.rpartition("/")
            name = f"{folder}{slash}_{last}"
        found[name] = body
    return found


def packed(parts: Mapping[str, bytes], *, stored: str = "") -> bytes:
    """An archive of these files in their order, without times and owners; `stored` is not compressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, body in parts.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name == stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, body)
    return out.getvalue()


def clean_zip(data: bytes, clean: Callable[[str, bytes], tuple[str, bytes]]) -> bytes:
    """The archive with every file inside cleaned by `clean(name, bytes) -> (name, bytes)`, which refuses by raising."""
    try:
        return packed(apart(clean(name, body) for name, body in unpacked(data).items()))
    except RefusedFileError as error:
        if error.reason in {Refusal.ENCRYPTED, Refusal.UNPACKED}:
            raise
        raise RefusedFileError(Refusal.CONTENTS) from None


def _leads_out(name: str) -> bool:
    """Whether a careless unpacker would write it elsewhere."""
    return name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name

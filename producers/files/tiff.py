"""TIFF without EXIF, GPS, XMP, IPTC and who made it: entries are taken out in place, their values overwritten."""

import struct
from typing import Final

from producers.files.refused import damaged

_POINTERS: Final = {0x8769, 0x8825, 0xA005}
"""EXIF, GPS and interoperability directories."""
_SUB_IFDS: Final = 0x014A
_UNWANTED: Final = _POINTERS | {
    *(0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C),  # name, description, make … artist, computer
    *(0x02BC, 0x83BB, 0x8649, 0x927C, 0x8298),  # XMP, IPTC, Photoshop, maker's note, copyright
    *range(0x9C9B, 0x9CA0),  # Windows' title, comment, author, keywords, subject
}
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MAX_DIRECTORIES: Final = 1_000
_MAX_ENTRIES: Final = 100_000
_INLINE: Final = 4


def clean_tiff(data: bytes) -> bytes:
    """The same picture (TIFF 6.0); every directory's entries of metadata are gone."""
    return _Tiff(data).clean()


class _Tiff:
    def __init__(self, data: bytes) -> None:
        self._data = bytearray(data)
        self._order = "<" if data[:2] == b"II" else ">"
        self._seen: set[int] = set()
        self._entries = 0

    def clean(self) -> bytes:
        pending = [self._u32(4)]
        while pending:
            at = pending.pop()
            if at and at not in self._seen:
                pending += self._directory(at)
        return bytes(self._data)

    def _directory(self, at: int) -> list[int]:
        """Take the unwanted entries out; returns the directories that follow."""
        self._seen.add(at)
        if len(self._seen) > _MAX_DIRECTORIES:
            raise damaged()
        count = self._count(at)
        end = at + 2 + 12 * count
        following = [self._u32(end)]
        kept = bytearray()
        for entry in range(at + 2, end, 12):
            tag = self._u16(entry)
            if tag in _UNWANTED:
                self._erase_value(entry, tag)
            else:
                kept += self._data[entry : entry + 12]
                following += self._pointers(entry) if tag == _SUB_IFDS else []
        taken_out = 12 * count - len(kept)
        link = self._data[end : end + 4]
        self._data[at : at + 2] = struct.pack(f"{self._order}H", len(kept) // 12)
        self._data[at + 2 : end + 4] = kept + link + bytes(taken_out)
        return following

    def _erase_value(self, entry: int, tag: int) -> None:
        if tag in _POINTERS:
            self._erase_directory(self._u32(entry + 8))
            return
        size = _SIZES.get(self._u16(entry + 2), 1) * self._u32(entry + 4)
        if size > _INLINE:
            self._erase(self._u32(entry + 8), size)

    def _erase_directory(self, at: int) -> None:
        if at in self._seen or len(self._seen) > _MAX_DIRECTORIES:
            return
        self._seen.add(at)
        count = self._count(at)
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            self._erase_value(entry, self._u16(entry))
        self._erase(at, 2 + 12 * count + 4)

    def _erase(self, at: int, size: int) -> None:
        end = min(at + size, len(self._data))
        if at < end:
            self._data[at:end] = bytes(end - at)

    def _pointers(self, entry: int) -> list[int]:
        count = self._u32(entry + 4)
        self._bounded(count)
        if count == 1:
            return [self._u32(entry + 8)]
        first = self._u32(entry + 8)
        return [self._u32(first + 4 * number) for number in range(min(count, _MAX_DIRECTORIES))]

    def _count(self, at: int) -> int:
        count = self._u16(at)
        self._bounded(count)
        return count

    def _bounded(self, more: int) -> None:
        """Count entries and pointers against the bound for the whole file."""
        self._entries += more
        if self._entries > _MAX_ENTRIES:
            raise damaged()

    def _u16(self, at: int) -> int:
        return int(struct.unpack_from(f"{self._order}H", self._data, at)[0])

    def _u32(self, at: int) -> int:
        return int(struct.unpack_from(f"{self._order}I", self._data, at)[0])

"""Compound files (MS-CFB, version 3) as Word, Excel and PowerPoint wrote them before 2007; just enough to be opened."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_SECTOR: Final = 512
_SMALLEST: Final = 4096
"""A shorter stream would need the format's second table."""
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


@dataclass
class _Entry:
    name: str
    kind: int
    start: int = 0
    size: int = 0
    right: int = _FREE
    child: int = _FREE

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        head = name.ljust(64, b"\0") + struct.pack("<HBBIII", len(name), self.kind, 1, _FREE, self.right, self.child)
        return head + bytes(16 + 4 + 16) + struct.pack("<IQ", self.start, self.size)


@dataclass
class _Writer:
    entries: list[_Entry] = field(default_factory=lambda: [_Entry("Root Entry", 5, start=_END)])
    fat: list[int] = field(default_factory=list)
    sectors: bytearray = field(default_factory=bytearray)

    def place(self, data: bytes) -> int:
        """Sectors for these bytes; the number of the first."""
        start, count = len(self.fat), -(-len(data) // _SECTOR)
        self.fat += [*range(start + 1, start + count), _END]
        self.sectors += data.ljust(count * _SECTOR, b"\0")
        return start

    def add(self, parent: _Entry, tree: Mapping[str, Any]) -> None:
        before: _Entry | None = None
        for name in sorted(tree, key=lambda one: (len(one), one.upper())):
            inside = tree[name]
            entry = _Entry(name, 1 if isinstance(inside, Mapping) else 2)
            self.entries.append(entry)
            at = len(self.entries) - 1
            if before is None:
                parent.child = at
            else:
                before.right = at
            before = entry
            if isinstance(inside, Mapping):
                self.add(entry, inside)
            else:
                data = inside.ljust(_SMALLEST, b"\0")
                entry.start, entry.size = self.place(data), len(data)


def compound(tree: Mapping[str, Any]) -> bytes:
    """A file of these streams (bytes) and storages (mappings), together at most 60 kB."""
    writer = _Writer()
    writer.add(writer.entries[0], tree)
    while len(writer.entries) % 4:
        writer.entries.append(_Entry("", 0))
    directory = writer.place(b"".join(entry.packed() for entry in writer.entries))
    table = len(writer.fat)
    fat = struct.pack("<128I", *writer.fat, _FAT, *[_FREE] * (127 - table))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, directory, 0, _SMALLEST, _END, 0, _END, 0)
    return head + struct.pack("<109I", table, *[_FREE] * 108) + bytes(writer.sectors) + fat

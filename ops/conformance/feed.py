"""What the adapter under test is given: invented messages, each with a mark by which the kit knows it again."""

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_MARK: Final = re.compile(r"\[uji-[a-z]+-\d{3}-[0-9a-f]{6}\]")


@dataclass(frozen=True, slots=True)
class Feed:
    """A file of JSON lines and the marks of its messages."""

    path: Path
    marks: tuple[str, ...]


def make_feed(folder: Path, name: str, count: int) -> Feed:
    """`count` messages of some platform; a line is {"id", "sender", "text", "sent_at"}."""
    marks, lines = [], []
    for number in range(count):
        salt = secrets.token_hex(3)
        mark = f"[uji-{name}-{number:03d}-{salt}]"
        marks.append(mark)
        lines.append(
            {
                "id": f"{name}-{number:03d}-{salt}",
                "sender": f"orang-{number % 7}",
                "text": f"Dana PIP anak saya belum cair sejak Mei. {mark}",
                "sent_at": f"2026-11-24T10:{number % 60:02d}:00+07:00",
            }
        )
    path = folder / f"{name}.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return Feed(path, tuple(marks))


def mark_in(text: str) -> str | None:
    """The mark in a delivered text, or None."""
    found = _MARK.search(text)
    return found[0] if found else None

"""Which files a door takes: types, how they begin, how their names end, and the words for a refusal. Data, checked."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from aduan.datafiles import load_yaml
from schemas.errors import SettingsError

_FILE: Final = "attachments.yaml"
_Signature = Annotated[str, StringConstraints(pattern=r"^\d{1,4}:([0-9a-f]{2})+( \d{1,4}:([0-9a-f]{2})+)*$")]
_Extension = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{1,8}$")]


class Refusal(StrEnum):
    """Why a file is not taken; stands in the event and in the door's answer."""

    TYPE = "type"
    ENCRYPTED = "encrypted"
    MACROS = "macros"
    ACTIVE = "active"
    EMBEDDED = "embedded"
    CONTENTS = "contents"
    UNPACKED = "unpacked"
    DAMAGED = "damaged"
    MALWARE = "malware"
    UNSCANNED = "unscanned"


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Words(_Row):
    id: str
    en: str


class _KindRow(_Row):
    type: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9.+-]{1,90}$")]
    group: str
    extensions: tuple[_Extension, ...]
    signatures: tuple[_Signature, ...]


class _File(_Row):
    kinds: tuple[_KindRow, ...]
    program_names: tuple[_Extension, ...]
    groups: dict[str, _Words]
    reasons: dict[Refusal, _Words]


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of file that is taken. A signature is (offset, bytes) pairs that must all match."""

    media_type: str
    extensions: tuple[str, ...]
    signatures: tuple[tuple[tuple[int, bytes], ...], ...]

    def begins(self, data: bytes) -> bool:
        """Whether the bytes begin as this type does."""
        return any(all(data.startswith(magic, at) for at, magic in one) for one in self.signatures)


@dataclass(frozen=True, slots=True)
class FileKinds:
    """All that is taken, and what is said when a file is not."""

    kinds: dict[str, Kind]
    program_names: frozenset[str]
    groups: dict[str, dict[str, str]]
    reasons: dict[Refusal, dict[str, str]]

    def taken(self, language: str) -> str:
        """What is taken, in one line."""
        return "; ".join(words[language] for words in self.groups.values())

    def fitting_name(self, name: str, media_type: str) -> str:
        """A name that ends as files of this type do: a reader's machine opens a file by its name's end."""
        kind = self.kinds.get(media_type)
        if kind is None or extension(name) in kind.extensions:
            return name
        return f"{name}.{kind.extensions[0]}"


def extension(name: str) -> str:
    """What stands behind the last dot, lower case, or nothing."""
    stem, dot, last = name.strip(" .").rpartition(".")
    return last.lower() if dot and stem else ""


@cache
def file_kinds() -> FileKinds:
    """The data file, checked. SettingsError names the place that is wrong."""
    try:
        read = _File.model_validate(load_yaml(_FILE))
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False, include_url=False)[0]["loc"])
        raise SettingsError(f"aduan/data/{_FILE}: {place} is wrong") from None
    _check(read)
    kinds = {row.type: Kind(row.type, row.extensions, tuple(map(_signature, row.signatures))) for row in read.kinds}
    return FileKinds(
        kinds=kinds,
        program_names=frozenset(read.program_names),
        groups={name: words.model_dump() for name, words in read.groups.items()},
        reasons={reason: words.model_dump() for reason, words in read.reasons.items()},
    )


def _check(read: _File) -> None:
    seen: set[str] = set()
    for row in read.kinds:
        if row.type in seen or row.group not in read.groups or not row.extensions:
            raise SettingsError(f"aduan/data/{_FILE}: {row.type} stands twice, or lacks a group or an extension")
        if set(row.extensions) & set(read.program_names):
            raise SettingsError(f"aduan/data/{_FILE}: an extension of {row.type} is also one of program_names")
        seen.add(row.type)
    missing = set(Refusal) - set(read.reasons)
    if missing:
        raise SettingsError(f"aduan/data/{_FILE}: reasons lacks {', '.join(sorted(missing))}")


def _signature(text: str) -> tuple[tuple[int, bytes], ...]:
    pairs = (pair.partition(":") for pair in text.split())
    return tuple((int(at), bytes.fromhex(magic)) for at, _, magic in pairs)

"""The form of `aduan/data/sp4n.yaml`, and the comparison of words that its readers share."""

import re
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.events import Code

COLUMNS: Final = frozenset(
    {"tracking_id", "our_number", "sent_at", "class", "category", "subcategory", "title", "text", "place", "provinsi"}
    | {"kabupaten", "anonim", "rahasia", "unit", "status", "forwarded_at", "due_at", "due_days", "our_class"}
    | {"our_category", "name", "email", "phone", "address"}
)
"""The columns that the code asks for by name."""
STATES: Final = ("open", "acknowledged", "resolved", "outside_remit", "not_a_complaint", "duplicate")
"""The states of a case that the export tells apart: its status, or the outcome of a resolved one."""
_OTHER: Final = re.compile(r"[\W_]+")
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


def plain(text: str) -> str:
    """What two spellings of the same words have in common: lower case, one space between words, no punctuation."""
    return _OTHER.sub(" ", text.casefold()).strip()


class Row(BaseModel):
    """Strict: a misspelt key is a mistake that its writer should hear of."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Row):
    """A column: the header that we write, others that we take for it, and whether a hand-over holds it."""

    header: Words
    synonyms: tuple[Words, ...] = ()
    export: bool = True


class Answer(Row):
    """How their files say yes, or no."""

    value: Words
    synonyms: tuple[Words, ...] = ()


class Class(Row):
    """One of their classes of reports, and the least confidentiality that it starts with."""

    name: Words
    jenis: Code
    kerahasiaan: Code | None = None
    synonyms: tuple[Words, ...] = ()


class Leaf(Row):
    """One leaf of their menu."""

    path: Words
    kategori: Code
    synonyms: tuple[Words, ...] = ()


class Place(Row):
    """Where one of our categories stands in their menu; `pt` for higher education."""

    leaf: Words
    pt: Words | None = None


class Status(Row):
    """One of their statuses: whether such a row is imported, and for which of our states it is written."""

    name: Words
    take: bool
    ours: tuple[str, ...] = ()
    synonyms: tuple[Words, ...] = ()


class Sp4nFile(Row):
    """The whole file."""

    version: int
    zone: ZoneInfo
    date_format: Words
    date_formats: tuple[Words, ...]
    months: dict[Words, Annotated[int, Field(ge=1, le=12)]]
    yes: Answer
    no: Answer
    columns: dict[str, Column]
    ignored: tuple[Words, ...]
    classes: Annotated[tuple[Class, ...], Field(min_length=1)]
    categories: Annotated[tuple[Leaf, ...], Field(min_length=1)]
    ours: dict[Code, Place]
    statuses: Annotated[tuple[Status, ...], Field(min_length=1)]

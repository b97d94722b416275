"""What the model answers: one head per decision, each with its classes. Pure."""

from typing import Final, NamedTuple

from aduan.taxonomy import taxonomy

KATEGORI: Final = "kategori"
JENIS: Final = "jenis"
PRIORITAS: Final = "prioritas"
DANGER: Final = "darurat"
SECRET: Final = "rahasia"  # noqa: S105 - a class of confidentiality
BINARY: Final = (DANGER, SECRET)
"""Heads that say yes or no: one column each."""


class Head(NamedTuple):
    """A decision: its name and classes in the order of its columns; a yes-no head has one."""

    name: str
    classes: tuple[str, ...]


def heads() -> tuple[Head, ...]:
    """All heads, in the order of the model's columns."""
    classes = taxonomy()
    several = tuple(Head(name, tuple(classes.of(name))) for name in (KATEGORI, JENIS, PRIORITAS))
    return several + tuple(Head(name, (name,)) for name in BINARY)

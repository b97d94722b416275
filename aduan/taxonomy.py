"""The codes that a complaint can be given and their labels: what classification, routing and the pages speak of."""

from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aduan.datafiles import load_yaml
from schemas.errors import SettingsError
from schemas.events import Code

FILE: Final = "taxonomy.yaml"
FIELDS: Final = ("jenis", "kategori", "prioritas", "kerahasiaan")

NEEDED: Final = {
    "jenis": {"pengaduan", "informasi", "aspirasi", "wbs"},
    "kategori": {"kekerasan", "korupsi", "pungutan", "pendidikan_lainnya", "luar_kewenangan", "bukan_aduan"},
    "prioritas": {"darurat", "tinggi", "normal", "rendah"},
    "kerahasiaan": {"publik", "anonim", "rahasia"},
}
"""Codes that the deciding code itself names; a file without them is refused."""


class Label(BaseModel):
    """One class: its labels in Indonesian and English and what it means. `sub` holds finer classes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    en: str
    means: str
    not_: str | None = Field(None, alias="not", description="Which class wins where this one seems to fit.")
    sub: dict[Code, "Label"] = {}


class Taxonomy(BaseModel):
    """All classes by field and code, in the order of display."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    jenis: dict[Code, Label]
    kategori: dict[Code, Label]
    prioritas: dict[Code, Label]
    kerahasiaan: dict[Code, Label]

    def of(self, field: str) -> dict[str, Label]:
        """The classes of one field; KeyError for an unknown field."""
        if field not in FIELDS:
            raise KeyError(field)
        found: dict[str, Label] = getattr(self, field)
        return found


@cache
def taxonomy() -> Taxonomy:
    """The taxonomy; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse(load_yaml(FILE))


def parse(raw: dict[str, object]) -> Taxonomy:
    """Validate a taxonomy; raises SettingsError that names the key."""
    try:
        found = Taxonomy.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"aduan/data/{FILE}, {key}: {first['msg']}") from None
    for field, codes in NEEDED.items():
        missing = sorted(codes - found.of(field).keys())
        if missing:
            raise SettingsError(f"aduan/data/{FILE}, {field}: the code {missing[0]} is missing")
    return found


def label(field: str, code: str, language: str = "id") -> str:
    """Label of a code for people, or the code itself where it is unknown (an older or newer taxonomy)."""
    found = taxonomy().of(field).get(code)
    if found is None:
        return code
    return found.en if language == "en" else found.id


def is_code(field: str, code: str | None) -> bool:
    """Whether the taxonomy has that code."""
    return code is not None and code in taxonomy().of(field)

"""Acronyms and their long forms, both ways, for the query builder. A data file: a new one needs no reindex."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aduan.datafiles import load_yaml
from schemas.errors import SettingsError

FILE: Final = "acronyms.yaml"
Acronym = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{2,15}$")]
LongForm = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+( [a-z0-9]+){0,8}$")]


class AcronymsFile(BaseModel):
    """The shape of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    acronyms: dict[Acronym, Annotated[tuple[LongForm, ...], Field(min_length=1)]]


@dataclass(frozen=True, slots=True)
class Acronyms:
    """Both directions. All lower case."""

    long_forms: Mapping[str, tuple[str, ...]]
    short_forms: Mapping[str, tuple[str, ...]]
    longest: int
    """Words of the longest long form."""

    def synonyms(self, phrase: str) -> tuple[str, ...]:
        """What else is meant by an acronym or a long form; empty for everything else."""
        plain = phrase.lower()
        short = self.short_forms.get(plain, ())
        siblings = (form for acronym in short for form in self.long_forms[acronym])
        found = dict.fromkeys([*self.long_forms.get(plain, ()), *short, *siblings])
        found.pop(plain, None)
        return tuple(found)


@cache
def load_acronyms() -> Acronyms:
    """All acronyms; read once. Raises SettingsError that names the file and the key that is wrong."""
    return parse_acronyms(load_yaml(FILE))


def parse_acronyms(raw: Mapping[str, Any]) -> Acronyms:
    """Check the mapping of an acronyms file; raises SettingsError that names the key."""
    try:
        file = AcronymsFile.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] if part != "[key]")
        raise SettingsError(f"aduan/data/{FILE}, {key}: {first['msg']}") from None
    short: dict[str, tuple[str, ...]] = {}
    for acronym, forms in file.acronyms.items():
        for form in forms:
            short[form] = (*short.get(form, ()), acronym)
    return Acronyms(file.acronyms, short, max((len(form.split()) for form in short), default=1))

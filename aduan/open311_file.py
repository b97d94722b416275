"""What the Open311 doors say, from `aduan/data/open311.yaml`: groups, services, questions, notes in two languages."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from aduan.datafiles import load_yaml
from aduan.taxonomy import taxonomy
from schemas.errors import SettingsError
from schemas.events import Code

FILE: Final = "open311.yaml"
NOT_A_SERVICE: Final = "bukan_aduan"
ATTRIBUTES: Final = ("title", "sekolah", "npsn", "provinsi", "kabupaten", "kerahasiaan")
"""The questions that `producers.open311.form` understands."""
NOTES: Final = ("open", "acknowledged", "resolved", "outside_remit", "not_a_complaint", "duplicate")


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Row):
    """One text in both languages."""

    id: str
    en: str

    def say(self, language: str) -> str:
        """In English for `en`, else in Indonesian."""
        return self.en if language == "en" else self.id


class ServiceRow(_Row):
    """A service: its group, what it is for in Indonesian (the taxonomy says it in English), and search words."""

    group: Code
    id: str
    keywords: tuple[str, ...]


class AttributeRow(Words):
    """A question that goes with a request."""

    datatype: Literal["string", "singlevaluelist"]
    hint_id: str
    hint_en: str

    def hint(self, language: str) -> str:
        """How to answer."""
        return self.hint_en if language == "en" else self.hint_id


class Open311File(_Row):
    """The whole file."""

    changeset: str
    groups: dict[Code, Words]
    services: dict[Code, ServiceRow]
    attributes: dict[Code, AttributeRow]
    status_notes: dict[Code, Words]
    urgent_notice: Words
    service_notice: Words

    def notice(self, language: str, secret: str, numbers: Iterable[str] = ()) -> str:
        """What the reporter is told at once; `numbers` are where help is, when it is urgent."""
        told = self.service_notice.say(language).format(secret=secret)
        called = ", ".join(numbers)
        return f"{self.urgent_notice.say(language).format(numbers=called)} {told}" if called else told


@cache
def open311_file() -> Open311File:
    """The file; read once. Raises SettingsError that names the key that is wrong."""
    return parse_open311(load_yaml(FILE))


def parse_open311(raw: dict[str, Any]) -> Open311File:
    """Validate the file against the taxonomy; SettingsError names the key."""
    try:
        found = Open311File.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise _wrong(".".join(str(part) for part in first["loc"]), first["msg"]) from None
    _same("services", set(found.services), set(taxonomy().kategori) - {NOT_A_SERVICE})
    _same("attributes", set(found.attributes), set(ATTRIBUTES))
    _same("status_notes", set(found.status_notes), set(NOTES))
    for code, row in found.services.items():
        if row.group not in found.groups:
            raise _wrong(f"services.{code}.group", "there is no such group")
    for key, words, name in (
        ("service_notice", found.service_notice, "secret"),
        ("urgent_notice", found.urgent_notice, "numbers"),
    ):
        _check_braces(key, words, name)
    return found


def _check_braces(key: str, words: Words, name: str) -> None:
    for language in ("id", "en"):
        try:
            words.say(language).format_map({name: ""})
        except (KeyError, ValueError, IndexError):
            raise _wrong(f"{key}.{language}", f"only {{{name}}} may stand in braces") from None


def _same(key: str, given: set[str], needed: set[str]) -> None:
    for code in sorted(given ^ needed):
        raise _wrong(f"{key}.{code}", "is missing" if code in needed else "is not known")


def _wrong(key: str, what: str) -> SettingsError:
    return SettingsError(f"aduan/data/{FILE}, {key}: {what}")

"""Where help is at once: what an urgent receipt says first. A region may extend `aduan/data/hotlines.yaml`."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aduan.datafiles import load_yaml
from aduan.regions import is_region
from schemas.errors import SettingsError
from schemas.events import Code

FILE: Final = "hotlines.yaml"
_Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class Hotline(BaseModel):
    """One number, and when to call it, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code
    number: Annotated[str, StringConstraints(pattern=r"^[+0-9][0-9 .()-]{1,30}( ext\. \d{1,4})?$")]
    id: _Line
    en: _Line

    def words(self, language: str) -> str:
        """When to call it, in `en` or Indonesian."""
        return self.en if language == "en" else self.id


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    national: Annotated[tuple[Hotline, ...], Field(min_length=1)]
    regions: Mapping[str, tuple[Hotline, ...]] = {}


def hotlines(kabupaten: str | None = None, provinsi: str | None = None) -> tuple[Hotline, ...]:
    """The lines of the kabupaten, then of its province, then the national ones; a nearer line replaces its code."""
    return _lines(_file(), kabupaten, provinsi or (kabupaten or "")[:2])


def parse_hotlines(raw: Mapping[str, Any]) -> _File:
    """Check the mapping of a hotlines file; SettingsError names the key that is wrong."""
    try:
        file = _File.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SettingsError(f"aduan/data/{FILE}, {where}: {first['msg']}") from None
    for region in file.regions:
        if not is_region(region):
            raise SettingsError(f"aduan/data/{FILE}, regions.{region}: no Kemendagri code of a province or kabupaten")
    return file


def _lines(file: _File, kabupaten: str | None, provinsi: str) -> tuple[Hotline, ...]:
    found: dict[str, Hotline] = {}
    for lines in (file.regions.get(kabupaten or "", ()), file.regions.get(provinsi, ()), file.national):
        for line in lines:
            found.setdefault(line.code, line)
    return tuple(found.values())


@cache
def _file() -> _File:
    return parse_hotlines(load_yaml(FILE))

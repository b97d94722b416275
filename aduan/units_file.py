"""The shape of `aduan/data/units.yaml`, checked before `aduan.units` builds units from it."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.events import Code

Address = Annotated[str, Field(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$")]


def _template(*names: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            value.format_map(dict.fromkeys(names, "1"))
        except (KeyError, ValueError, IndexError):
            raise ValueError(f"only {', '.join('{' + name + '}' for name in names)} may stand in braces") from None
        return value

    return AfterValidator(check)


OfRegion = Annotated[str, _template("region", "province", "name")]
OfNumber = Annotated[str, _template("number")]


class Row(BaseModel):
    """A part of the file; a key that is not known is refused, so that a typing error is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(Row):
    """A label in both languages."""

    id: str
    en: str


class UnitRow(Names):
    """A unit that is listed by itself."""

    kind: Code
    superior: Code | None = None
    provinsi: Code | None = None
    roles: tuple[Code, ...] | None = None


class Family(Row):
    """Units of which each province or kabupaten/kota has one."""

    code: OfRegion
    id: OfRegion
    en: OfRegion
    superior: OfRegion


class Larger(Row):
    """The provinces whose institute bears another name."""

    provinces: tuple[Code, ...]
    id: OfRegion


class Lldikti(Row):
    """Institutes with several provinces each."""

    superior: Code
    id: OfNumber
    en: OfNumber
    regions: dict[int, Annotated[tuple[Code, ...], Field(min_length=1)]]


class ContactRow(Row):
    """A contact of one unit; without an address the file's pattern gives it."""

    role: Code
    address: Address | None = None


class UnitsFile(Row):
    """The whole file."""

    version: int
    address: Annotated[Address, _template("role", "unit")]
    roles: dict[Code, Names]
    usual_roles: Annotated[tuple[Code, ...], Field(min_length=1)]
    units: dict[Code, UnitRow]
    bpmp: Family
    bbpmp: Larger
    dinas_provinsi: Family
    dinas_kabupaten: Family
    lldikti: Lldikti
    contacts: dict[Code, Annotated[tuple[ContactRow, ...], Field(min_length=1)]]

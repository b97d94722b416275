"""The services of Open311 and their questions, from the taxonomy and `aduan/data/open311.yaml`."""

from functools import cache

from aduan.open311_file import AttributeRow, Open311File, open311_file
from aduan.regions import provinces, regencies
from aduan.taxonomy import Label, label, taxonomy
from producers.open311.models import Attribute, Service, ServiceDefinition, Value


@cache
def services(language: str) -> tuple[Service, ...]:
    """Every service, in the order of the taxonomy."""
    file, classes = open311_file(), taxonomy().kategori
    return tuple(_service(file, code, classes[code], language) for code in classes if code in file.services)


def is_service(code: str) -> bool:
    """Whether a request may carry that code."""
    return code in open311_file().services


def service_name(code: str, language: str) -> str:
    """The name of a service, or its code where the taxonomy no longer has it."""
    return label("kategori", code, language)


def definition(code: str, language: str) -> ServiceDefinition | None:
    """The questions of a service; the same for all, so that an app learns them once. None: no such service."""
    if not is_service(code):
        return None
    return ServiceDefinition(service_code=code, attributes=_attributes(language))


@cache
def _attributes(language: str) -> tuple[Attribute, ...]:
    rows = open311_file().attributes
    return tuple(_attribute(order, code, row, language) for order, (code, row) in enumerate(rows.items(), 1))


def _service(file: Open311File, code: str, classes: Label, language: str) -> Service:
    row = file.services[code]
    return Service(
        service_code=code,
        service_name=service_name(code, language),
        description=classes.means if language == "en" else row.id,
        metadata=True,
        type="realtime",
        keywords=", ".join(row.keywords),
        group=file.groups[row.group].say(language),
    )


def _attribute(order: int, code: str, row: AttributeRow, language: str) -> Attribute:
    return Attribute(
        variable=True,
        code=code,
        datatype=row.datatype,
        required=False,
        datatype_description=row.hint(language),
        order=order,
        description=row.say(language),
        values=_values(code, language),
    )


def _values(code: str, language: str) -> tuple[Value, ...]:
    if code == "kerahasiaan":
        return tuple(Value(key=key, name=label(code, key, language)) for key in taxonomy().kerahasiaan)
    if code == "provinsi":
        return tuple(Value(key=one.code, name=one.name) for one in provinces())
    if code == "kabupaten":
        return tuple(Value(key=one.code, name=one.name) for area in provinces() for one in regencies(area.code))
    return ()

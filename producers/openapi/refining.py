"""What the models check in code, written into their schemas: codes, blanks, base64. A test keeps it true."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

from aduan.regions import provinces
from aduan.settings import Settings
from aduan.taxonomy import taxonomy
from producers.open311.catalogue import services

Schema = dict[str, Any]
BLANK: Final = r"^\s*$"
VISIBLE: Final = r"[^\s\x00-\x1f\x7f]"
"""Something is left when spaces and control characters are taken off."""
_BASE64: Final = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"


@cache
def codes(field: str) -> tuple[str, ...]:
    """The codes that a field may hold."""
    if field == "provinsi":
        return tuple(one.code for one in provinces())
    if field == "service_code":
        return tuple(one.service_code for one in services("id"))
    return tuple(taxonomy().of(field))


def code(field: str) -> Schema:
    """A code by its list, or by its form where there are hundreds."""
    form = _FORMS.get(field)
    return {"type": "string"} | ({"enum": list(codes(field))} if form is None else form)


_FORMS: Final = {
    "kabupaten": {"pattern": "^[0-9]{4}$", "description": "Kemendagri code, see /api/v1/codes; within its provinsi."},
    "unit": {"pattern": "^[a-z0-9-]{1,60}$", "description": "Code of a unit, such as ult or dinas-3171."},
}


def refined(name: str, schema: Schema) -> Schema:
    """The schema of that model, with what its validators check."""
    refine = _REFINEMENTS.get(name)
    return refine(schema) if refine else schema


def _complaint(schema: Schema) -> Schema:
    properties = schema["properties"]
    for field in ("kategori", "kerahasiaan", "provinsi", "kabupaten"):
        properties[field] = {"anyOf": [code(field), _BLANK_FIELD, {"type": "null"}], "default": None}
    properties["text"]["pattern"] = VISIBLE
    properties["attachments"]["maxItems"] = Settings.model_fields["attachments_max"].default
    return schema


def _counter(schema: Schema) -> Schema:
    schema["properties"]["channel"] = {"type": "string", "enum": ["counter", "phone"]}
    return _complaint(schema)


def _reply(schema: Schema) -> Schema:
    schema["properties"]["text"]["pattern"] = VISIBLE
    return schema


def _attachment(schema: Schema) -> Schema:
    schema["properties"]["name"]["pattern"] = r"\S"
    schema["properties"]["content_base64"] |= {"contentEncoding": "base64", "pattern": _BASE64}
    return schema


def _open311_form(schema: Schema) -> Schema:
    """A form has no null: what may be missing may also be blank. `lat` and `long` come together."""
    properties: Schema = schema["properties"]
    for field in ("provinsi", "kabupaten", "kerahasiaan"):
        properties[f"attribute[{field}]"]["anyOf"][0] = code(field)
    properties["service_code"]["enum"] = list(codes("service_code"))
    properties["description"]["pattern"] = VISIBLE
    properties["address_id"]["anyOf"][0] = code("unit")
    properties["address_id"]["anyOf"].append({"type": "string", "pattern": "^[0-9A-Za-z]{8}$"})
    for field in set(properties) - set(schema["required"]):
        given = properties[field]
        given["anyOf"] = [one for one in given["anyOf"] if one.get("type") != "null"] + [_BLANK_FIELD]
        given.pop("default", None)
    return schema | {"dependentRequired": {"lat": ["long"], "long": ["lat"]}}


def _transfer(schema: Schema) -> Schema:
    schema["properties"]["unit"] = code("unit")
    return schema


def _reclassify(schema: Schema) -> Schema:
    for field in set(schema["properties"]) - {"key"}:
        schema["properties"][field] = {"anyOf": [code(field), {"type": "null"}], "default": None}
    return schema | {"minProperties": 1}


_BLANK_FIELD: Final = {"type": "string", "pattern": BLANK, "description": "Counts as not given."}
_REFINEMENTS: Final[dict[str, Callable[[Schema], Schema]]] = {
    "WebComplaint": _complaint,
    "CounterComplaint": _counter,
    "WebReply": _reply,
    "WebAttachment": _attachment,
    "Open311Form": _open311_form,
    "Transfer": _transfer,
    "Reclassify": _reclassify,
}

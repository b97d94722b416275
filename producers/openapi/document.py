"""From a table of operations to the OpenAPI document. Pure; `docs/openapi.json` is its golden file."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from producers.openapi.operation import Answer, Operation
from producers.openapi.refining import refined

_REFS: Final = "#/components/schemas/{model}"
_HEADERS: Final = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}},
    "Allow": {"description": "The methods that the path has.", "schema": {"type": "string"}},
}
_BEARER: Final = {"type": "http", "scheme": "bearer", "description": "A token of `aduan token new --role adapter`."}


def openapi_document(operations: Iterable[Operation], *, title: str, description: str) -> dict[str, Any]:
    """The document; the same operations give the same one, key by key."""
    schemas: dict[str, Any] = {}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": "1", "description": description, "license": _LICENSE},
        "paths": {path: paths[path] for path in sorted(paths)},
        "components": {
            "schemas": {name: schemas[name] for name in sorted(schemas)},
            "securitySchemes": {"token": _BEARER},
        },
    }


_LICENSE: Final = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _operation(one: Operation, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"operationId": one.name, "tags": [one.tag], "summary": one.summary}
    if one.parameters:
        described["parameters"] = list(one.parameters)
    if one.body:
        described["requestBody"] = {"required": True, "content": _content(one.body, "validation", schemas)}
    described["responses"] = {str(status): _answer(one.answers[status], schemas) for status in sorted(one.answers)}
    if one.keyed:
        described["security"] = [{"token": []}] if one.closed else [{}, {"token": []}]
    return described


def _answer(answer: Answer, schemas: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.description}
    if answer.headers:
        described["headers"] = {name: _HEADERS[name] for name in answer.headers}
    if answer.content:
        described["content"] = _content(answer.content, "serialization", schemas)
    return described


def _content(types: Mapping[str, Any], mode: JsonSchemaMode, schemas: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for media_type, model in types.items():
        if model is None:
            content[media_type] = {}
            continue
        schema, parts = _schema(model, mode)
        schemas |= parts
        content[media_type] = {"schema": schema}
    return content


@cache
def _schema(model: Any, mode: JsonSchemaMode) -> tuple[dict[str, Any], dict[str, Any]]:
    """A type's schema as a reference or inline, and the models that it stands on."""
    schema = TypeAdapter(model).json_schema(mode=mode, ref_template=_REFS)
    parts = {name: refined(name, part) for name, part in schema.pop("$defs", {}).items()}
    name = getattr(model, "__name__", "")
    if schema.get("type") == "object":
        parts[name] = refined(name, schema)
        schema = {"$ref": _REFS.format(model=name)}
    return schema, parts

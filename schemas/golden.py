"""JSON Schemas of all events as golden files, and the rule for which change of one would break a reader.

`python -m schemas.golden` (make schemas) writes `schemas/json/*.json`; it refuses a breaking change unless the event's
`version` was raised. A test holds the files equal to the models.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from schemas.exchange import ALL_MESSAGES, Message

FOLDER: Final = Path(__file__).parent / "json"
Schema = dict[str, Any]


def schema_of(event: Message) -> Schema:
    """The JSON Schema (2020-12) of an event as writers must produce it."""
    schema = event.model_json_schema(mode="validation")
    version = event.model_fields["version"].default
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:aduan:schema:{event.TYPE}:{version}",
        **schema,
    }


def rendered(event: Message) -> str:
    """The golden file's text."""
    return json.dumps(schema_of(event), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """What in `new` would break an old reader of new events, or a new reader of old events; empty if nothing.

    Readers ignore unknown fields, so adding an optional one is safe. A new value of an enum or a looser limit is
    safe in the order of docs/operations.md: readers (consumers, streams) are deployed before writers (doors).
    Not safe: removing a field, requiring one that old
    events lack, changing a type, taking away an enum's value or a choice of types, and tightening a limit.
    """
    old_parts = {"": old, **old.get("$defs", {})}
    new_parts = {"": new, **new.get("$defs", {})}
    found: list[str] = []
    for name, part in old_parts.items():
        if name in new_parts:
            found.extend(f"{name or old.get('title', '')}{change}" for change in _compare(part, new_parts[name]))
        else:
            found.append(f"{name}: definition removed")
    return found


def _compare(old: Schema, new: Schema) -> Iterator[str]:
    old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
    for field in sorted(set(old_fields) - set(new_fields)):
        yield f".{field}: removed"
    for field in sorted(set(new.get("required", [])) - set(old.get("required", []))):
        yield f".{field}: now required"
    for field in sorted(set(old.get("required", [])) - set(new.get("required", []))):
        yield f".{field}: no longer required, older readers need it"
    for value in sorted(set(map(str, old.get("enum", []))) - set(map(str, new.get("enum", [])))):
        yield f": value {value} removed"
    for field in sorted(set(old_fields) & set(new_fields)):
        yield from (f".{field}{change}" for change in _compare_value(old_fields[field], new_fields[field]))


_LOOSER_WHEN_SMALLER: Final = ("minimum", "minLength", "minItems")
_LOOSER_WHEN_LARGER: Final = ("maximum", "maxLength", "maxItems")


def _compare_value(old: Schema, new: Schema) -> Iterator[str]:
    for key in ("type", "$ref", "const", "pattern", "format"):
        if old.get(key) != new.get(key):
            yield f": {key} changed from {old.get(key)!r} to {new.get(key)!r}"
    for key in _LOOSER_WHEN_SMALLER:
        if key in new and new[key] > old.get(key, float("-inf")):
            yield f": {key} raised to {new[key]}"
    for key in _LOOSER_WHEN_LARGER:
        if key in new and new[key] < old.get(key, float("inf")):
            yield f": {key} lowered to {new[key]}"
    if {json.dumps(choice, sort_keys=True) for choice in old.get("anyOf", [])} - {
        json.dumps(choice, sort_keys=True) for choice in new.get("anyOf", [])
    }:
        yield ": a choice of type was removed"
    if "items" in old and "items" in new:
        yield from (f"[]{change}" for change in _compare_value(old["items"], new["items"]))


def write() -> list[str]:
    """Write all golden files; returns the breaking changes that stopped it from writing some."""
    FOLDER.mkdir(exist_ok=True)
    refused: list[str] = []
    for event in ALL_MESSAGES:
        path = FOLDER / f"{event.TYPE}.json"
        new = schema_of(event)
        if path.exists():
            old = json.loads(path.read_text(encoding="utf-8"))
            breaking = breaking_changes(old, new) if old["$id"] == new["$id"] else []
            if breaking:
                refused.extend(f"{event.TYPE}: {change}" for change in breaking)
                continue
        path.write_text(rendered(event), encoding="utf-8")
    return refused


if __name__ == "__main__":
    problems = write()
    for problem in problems:
        sys.stderr.write(f"schemas: breaking change, raise the event's version: {problem}\n")
    sys.exit(1 if problems else 0)

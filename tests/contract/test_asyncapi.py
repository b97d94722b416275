"""docs/asyncapi.yaml: it is what the models say, it is AsyncAPI 3, and its schemas take what the door takes.

The rules are those of the specification that a reader of the document meets; the document was once validated against
AsyncAPI's own meta-schema for 3.0.0 (@asyncapi/specs 6.11.1, too large to keep here), with no error.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from ops.asyncapi import EXAMPLE, EXAMPLE_HEADERS, document, rendered
from producers.admission_reading import Admissible, read_submission
from schemas.exchange import ComplaintSubmitted
from schemas.golden import FOLDER
from tests.admitting import body

DOCS = Path(__file__).parents[2] / "docs"
FIXED = {
    "info": {"title", "version", "description", "license"},
    "servers": {"host", "protocol", "description"},
    "channels": {"address", "description", "servers", "messages", "bindings"},
    "operations": {"action", "channel", "summary", "messages", "reply"},
    "messages": {"name", "contentType", "summary", "headers", "payload", "bindings", "examples"},
}
"""Fields of the specification that we use, by kind of object; another would be a mistake."""


@pytest.fixture(scope="module")
def said() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text(encoding="utf-8"))
    return found


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)


def resolved(said: dict[str, Any], reference: str) -> Any:
    found: Any = said
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def payload_schema(said: dict[str, Any], message: str) -> dict[str, Any]:
    """A message's schema on its own, with what it refers to."""
    return {"components": said["components"], "$ref": f"#/components/schemas/{message}"}


def test_the_document_is_what_the_models_say(said: dict[str, Any]) -> None:
    assert (DOCS / "asyncapi.yaml").read_text(encoding="utf-8") == rendered(), "run: make docs"
    assert said == document()


def test_every_reference_leads_somewhere_in_the_document(said: dict[str, Any]) -> None:
    found = set(references(said))
    assert len(found) > 10
    assert all(reference.startswith("#/") and resolved(said, reference) for reference in found)


def test_it_has_the_parts_that_asyncapi_3_asks_for_and_no_unknown_ones(said: dict[str, Any]) -> None:
    assert said["asyncapi"] == "3.0.0"
    assert said.keys() == {"asyncapi", "info", "defaultContentType", "servers", "channels", "operations", "components"}
    assert said["info"].keys() <= FIXED["info"]
    for kind in ("servers", "channels", "operations"):
        for one in said[kind].values():
            assert one.keys() <= FIXED[kind]
    for message in said["components"]["messages"].values():
        assert message.keys() <= FIXED["messages"]
        assert message["headers"]["type"] == "object"


def test_an_operation_speaks_of_messages_of_its_own_channel(said: dict[str, Any]) -> None:
    for operation in said["operations"].values():
        assert operation["action"] in {"send", "receive"}
        for part in (operation, operation.get("reply")):
            if part is None:
                continue
            channel = part["channel"]["$ref"]
            assert all(one["$ref"].startswith(f"{channel}/messages/") for one in part["messages"])
            names = {one["$ref"].rsplit("/", 1)[1] for one in part["messages"]}
            assert names == resolved(said, channel)["messages"].keys()


def test_the_example_is_valid_and_admissible(said: dict[str, Any]) -> None:
    assert jsonschema_rs.validator_for(payload_schema(said, "ComplaintSubmitted")).is_valid(EXAMPLE)
    headers = said["components"]["messages"]["ComplaintSubmitted"]["headers"]
    assert jsonschema_rs.validator_for(headers).is_valid(EXAMPLE_HEADERS)
    read = read_submission(
        "warga-app", b"1790001", json.dumps(EXAMPLE).encode(), [(k, v.encode()) for k, v in EXAMPLE_HEADERS.items()]
    )
    assert isinstance(read, Admissible)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": None},
        {"external_id": ""},
        {"external_id": "a\nb"},
        {"channel": "pigeon"},
        {"surprise": 1},
        {"reporter": {"nik": "1"}},
        {"version": 2},
        {"kategori": "PIP"},
    ],
)
def test_the_published_schema_refuses_what_the_door_refuses(said: dict[str, Any], wrong: dict[str, Any]) -> None:
    golden = json.loads((FOLDER / "ComplaintSubmitted.json").read_text(encoding="utf-8"))
    for schema in (payload_schema(said, "ComplaintSubmitted"), golden):
        assert jsonschema_rs.validator_for(schema).is_valid(body())
        assert not jsonschema_rs.validator_for(schema).is_valid(body(**wrong))
    with pytest.raises(ValueError, match="validation error"):
        ComplaintSubmitted.model_validate(body(**wrong))

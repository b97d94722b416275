"""The golden JSON Schemas: they equal the models, and a change that breaks a reader is found."""

import json
from copy import deepcopy
from typing import Any

import pytest

from schemas.events import CaseEscalated, ComplaintReceived, Event
from schemas.exchange import ALL_MESSAGES, Message
from schemas.golden import FOLDER, breaking_changes, rendered, schema_of


@pytest.mark.parametrize("event", ALL_MESSAGES, ids=lambda event: event.TYPE)
def test_the_golden_file_is_what_the_model_says(event: Message) -> None:
    golden = (FOLDER / f"{event.TYPE}.json").read_text(encoding="utf-8")
    assert breaking_changes(json.loads(golden), schema_of(event)) == []
    assert golden == rendered(event), "run: make schemas"


def test_no_golden_file_is_left_without_a_model() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {event.TYPE for event in ALL_MESSAGES}


def _changed(event: type[Event], change: str) -> tuple[dict[str, Any], dict[str, Any]]:
    old = schema_of(event)
    new = deepcopy(old)
    fields = new["properties"]
    match change:
        case "a field is removed":
            del fields["received_at"]
        case "a field becomes required":
            new["required"].append("sent_at")
        case "a required field becomes optional":
            new["required"].remove("account")
        case "a type changes":
            fields["account"]["type"] = "integer"
        case "a limit is tightened":
            fields["account"]["maxLength"] = 10
        case "an enum loses a value":
            new["$defs"]["Channel"]["enum"].remove("web")
        case "a nested field is removed":
            del new["$defs"]["Attachment"]["properties"]["size"]
        case "an optional field is added":
            fields["mood"] = {"type": "string", "default": ""}
        case "a limit is loosened":
            fields["account"]["maxLength"] = 10_000
        case "an enum gains a value":
            new["$defs"]["Channel"]["enum"].append("letter")
    assert new != old
    return old, new


@pytest.mark.parametrize(
    "change",
    [
        "a field is removed",
        "a field becomes required",
        "a required field becomes optional",
        "a type changes",
        "a limit is tightened",
        "an enum loses a value",
        "a nested field is removed",
    ],
)
def test_a_breaking_change_is_found_when(change: str) -> None:
    assert breaking_changes(*_changed(ComplaintReceived, change))


@pytest.mark.parametrize("change", ["an optional field is added", "a limit is loosened", "an enum gains a value"])
def test_a_safe_change_passes_when(change: str) -> None:
    assert breaking_changes(*_changed(ComplaintReceived, change)) == []


def test_a_raised_minimum_is_breaking() -> None:
    old = schema_of(CaseEscalated)
    new = deepcopy(old)
    new["properties"]["level"]["minimum"] = 2
    assert breaking_changes(old, new) == ["CaseEscalated.level: minimum raised to 2"]

"""Events to Kafka records and back: the value is the event's JSON, the headers follow CloudEvents 1.0.

Bindings: https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/kafka-protocol-binding.md (binary mode).
Error messages name the fields that are wrong, never their values.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import from_json

from schemas.errors import Reason, UnreadableError
from schemas.events import ALL_EVENTS, Event

E = TypeVar("E", bound=Event)
Headers = list[tuple[str, bytes]]

_BY_TYPE: Final = {event.TYPE: event for event in ALL_EVENTS}
_CE_TYPE: Final = {f"id.aduan.{name}".encode(): event for name, event in _BY_TYPE.items()}


def ce_type(event_type: type[Event]) -> bytes:
    """Value of the header `ce_type`, e.g. `id.aduan.CaseOpened`."""
    return f"id.aduan.{event_type.TYPE}".encode()


def encode(event: Event, *, source: str, extra: Iterable[tuple[str, str]] = ()) -> tuple[bytes, bytes, Headers]:
    """Key, value and headers of a record. `extra` adds CloudEvents extension attributes (without the prefix)."""
    name = event.TYPE
    headers: Headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event.event_id.encode()),
        ("ce_type", f"id.aduan.{name}".encode()),
        ("ce_source", source.encode()),
        ("ce_time", event.occurred_at.isoformat().replace("+00:00", "Z").encode()),
        ("ce_dataschema", f"urn:aduan:schema:{name}:{event.version}".encode()),
        ("content-type", b"application/json"),
    ]
    headers.extend((f"ce_{key}", value.encode()) for key, value in extra)
    value = event.__pydantic_serializer__.to_json(event, exclude_none=True)
    return event.complaint_id.encode(), value, headers


def header(headers: Iterable[tuple[str, bytes]], name: str) -> bytes | None:
    """The first header of that name, or None."""
    return next((value for key, value in headers if key == name), None)


def decode(value: bytes | None, headers: Sequence[tuple[str, bytes]], expected: tuple[type[E], ...]) -> E:
    """The event in a record, one of the `expected` types.

    The header `ce_type` says which, or the body's `type` where the header is missing. Raises UnreadableError with a
    reason code; never retried. Unknown fields are ignored: a newer writer may have added them.
    """
    if value is None:
        raise UnreadableError(Reason.NULL_VALUE)
    name = header(headers, "ce_type")
    model = _CE_TYPE.get(name) if name is not None else _type_in_body(value)
    for candidate in expected:
        if model is candidate:
            return _validate(candidate, value)
    _text(value)  # a wrong encoding or broken JSON is the more helpful reason
    _type_in_body(value)
    raise UnreadableError(Reason.UNKNOWN_EVENT, "this topic does not take events of that type")


def _validate(model: type[E], value: bytes) -> E:
    try:
        return model.__pydantic_validator__.validate_json(value)  # type: ignore[no-any-return]
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        if first["type"] == "json_invalid":
            _text(value)
            raise UnreadableError(Reason.MALFORMED_JSON) from None
        where = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(Reason.INVALID_EVENT, f"{model.TYPE}: field {where}: {first['type']}") from None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise UnreadableError(Reason.WRONG_ENCODING, "the value is not UTF-8") from None


def _type_in_body(value: bytes) -> type[Event] | None:
    _text(value)
    try:
        body = from_json(value, allow_inf_nan=False)
    except ValueError:
        raise UnreadableError(Reason.MALFORMED_JSON) from None
    name = body.get("type") if isinstance(body, dict) else None
    return _BY_TYPE.get(name) if isinstance(name, str) else None

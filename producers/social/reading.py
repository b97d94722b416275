"""Reads a platform's JSON, whatever its shape: a value of another type than expected is an empty one. Never raises."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json

from schemas.errors import Reason, UnreadableError

Json = Mapping[str, Any]


def read_object(raw: bytes) -> Json:
    """The JSON object in a body. UnreadableError when there is none."""
    try:
        body = from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise UnreadableError(Reason.MALFORMED_JSON, "the webhook's body is not JSON") from None
    if not isinstance(body, dict):
        raise UnreadableError(Reason.MALFORMED_JSON, "the webhook's body is not a JSON object")
    return body


def obj(value: object) -> Json:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Sequence[Json]:
    """The objects in a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text(value: object) -> str:
    """A string, or an empty one."""
    return value if isinstance(value, str) else ""


def number(value: object) -> str:
    """A whole number or a string as an id is written; "" for anything else."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
        return str(value)
    return text(value)


def moment(value: object, per_second: int = 1) -> datetime | None:
    """A Unix time, also written as a string; None for what is none."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:  # noqa: PLR2004 - digits
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value / per_second, UTC)
    except (OverflowError, OSError, ValueError):
        return None


def iso_moment(value: object) -> datetime | None:
    """A moment as ISO 8601 with its zone; None for what is none."""
    try:
        found = datetime.fromisoformat(text(value))
        return found.astimezone(UTC) if found.tzinfo else None
    except (OverflowError, ValueError):
        return None


def lines(*parts: str) -> str:
    """The parts that are not empty, each on a line of its own."""
    return "\n".join(part for part in parts if part.strip())


def file_line(kind: str, url: str = "", about: str = "") -> str:
    """A picture, film or page as a line of text: we do not fetch what a stranger names.

    Of a public post the address stays out: whoever answers the post sees it, and its digits look like an account's.
    """
    return " ".join(f"[{kind or 'file'}] {url} {about}".split())


def digest(*parts: str) -> str:
    """What tells one content from another where a platform gives no id for it."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

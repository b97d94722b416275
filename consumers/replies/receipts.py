"""The id that a platform gives to an answer of ours, as its webhook names it when somebody answers that. Pure."""

from collections.abc import Mapping
from typing import Any, Final

_PLACES: Final[dict[str, tuple[tuple[str | int, ...], ...]]] = {
    "facebook": (("message_id",), ("id",)),
    "instagram": (("message_id",), ("id",)),
    "whatsapp": (("messages", 0, "id"),),
    "mastodon": (("id",),),
    "x": (("data", "id"),),
}
"""Where it stands in the body, by platform: of a message, of a post."""


def id_of_answer(platform: str, body: object) -> str:
    """The id; "" where the body holds none."""
    if platform == "telegram":
        chat, message = _at(body, ("result", "chat", "id")), _at(body, ("result", "message_id"))
        return f"{chat}/{message}" if chat and message else ""
    return next((found for place in _PLACES.get(platform, ()) if (found := _at(body, place))), "")


def _at(body: object, place: tuple[str | int, ...]) -> str:
    value: Any = body
    for step in place:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and len(value) > step else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and len(value) <= 500 else ""  # noqa: PLR2004 - no platform's id is longer

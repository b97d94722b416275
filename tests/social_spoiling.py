"""Payloads of the platforms with something wrong in them, seeded: the same number gives the same ones."""

import random
from typing import Any

from tests.social_payloads import payloads

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 10**40, 1e308, "", "x" * 3_000, "\ud83d", "\x00", "<a class=mention>@<span>", "/", "@aduan ",
    [], {}, [[]], [{}], {"id": {}}, [None], "9" * 30, "2026-13-99", {"type": []}, {"body": 1}, {"text": ["x"]},
)  # fmt: skip


def originals() -> list[tuple[str, Any]]:
    """Platform and payload; those of webhooks first."""
    found = [(platform, body) for platform in ("meta", "whatsapp", "telegram") for body in payloads(platform).values()]
    found += [("mastodon", body) for body in payloads("mastodon")["notifications"].values()]
    return found + [("x", body) for body in payloads("x")["pages"]]


def spoiled(chance: random.Random, value: Any) -> Any:
    """The value with something wrong somewhere inside."""
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        what = chance.random()
        if what < 0.12:
            return {name: one for name, one in value.items() if name != key}
        if what < 0.2:
            return value | {chance.choice(["id", "type", "from", "text", "message"]): chance.choice(ODD)}
        return value | {key: spoiled(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.85:
        place = chance.randrange(len(value))
        return [*value[:place], spoiled(chance, value[place]), *value[place:]]
    return chance.choice(ODD)


def broken(chance: random.Random, raw: bytes) -> bytes:
    """The bytes cut, doubled or with other ones among them."""
    place = chance.randrange(len(raw))
    odd = bytes(chance.randrange(256) for _ in range(chance.randrange(4)))
    return chance.choice([raw[:place], raw + raw[:place], raw[:place] + odd + raw[place + 1 :]])

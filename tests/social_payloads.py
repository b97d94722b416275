"""The platforms' documented payloads, with invented people, as the tests read them."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from aduan.settings import Settings, load_settings

_FOLDER = Path(__file__).parent / "unit" / "data" / "social"
BOT_TOKEN = "4711:bot-token"


@cache
def _file(platform: str) -> str:
    return (_FOLDER / f"{platform}.json").read_text(encoding="utf-8")


def payloads(platform: str) -> dict[str, Any]:
    """All payloads of a platform by name, as fresh objects."""
    found: dict[str, Any] = json.loads(_file(platform))
    return found


def raw(platform: str, name: str) -> bytes:
    """One webhook body."""
    return json.dumps(payloads(platform)[name], ensure_ascii=False).encode()


def social_settings(**settings: Any) -> Settings:
    """Settings of an installation that has a bot."""
    return load_settings(**({"telegram_token": BOT_TOKEN} | settings))

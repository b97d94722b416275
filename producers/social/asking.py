"""Asks a platform by HTTP, within bounds: time, size, and the pause that it wants of us."""

import logging
import math
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Final

import httpx
from pydantic_core import from_json

from producers.social.reading import iso_moment
from schemas.errors import UnavailableError

Query = list[tuple[str, str | int | float | bool | None]]
MAX_BYTES: Final = 8_000_000
SHORTEST_WAIT: Final = 1.0
LONGEST_WAIT: Final = 3_600.0


class RateLimitedError(UnavailableError):
    """The platform wants to be asked again only after so many seconds."""

    def __init__(self, platform: str, seconds: float) -> None:
        super().__init__(f"{platform} wants a pause (429)")
        self.seconds = seconds


def client(base: str, token: str, timeout: float) -> httpx.Client:
    """A client of one platform. Redirects are not followed: they would carry the token elsewhere."""
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx.Client(
        base_url=base, headers={"Authorization": f"Bearer {token}"}, timeout=timeout, follow_redirects=False
    )


def ask(asked: httpx.Client, platform: str, path: str, query: Query, now: datetime, *, gone: object = None) -> object:
    """The JSON that it answers. UnavailableError for all that is no 200 with JSON; RateLimitedError for a 429.

    `gone`, where given, stands for what is not there any more (404, 410).
    """
    try:
        with asked.stream("GET", path, params=query) as answer:
            if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                raise RateLimitedError(platform, pause(answer.headers, now))
            if gone is not None and answer.status_code in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                return gone
            if answer.status_code != HTTPStatus.OK:
                raise UnavailableError(f"{platform} answers {answer.status_code}")
            return from_json(_bounded(platform, answer), allow_inf_nan=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"{platform} does not answer ({type(error).__name__})") from None
    except ValueError:
        raise UnavailableError(f"{platform} answers no JSON") from None


def pause(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds to wait after a 429, 1 to 3,600: Retry-After, or `X-RateLimit-Reset` as Unix time (X) or ISO 8601."""
    reset = headers.get("x-rate-limit-reset") or headers.get("x-ratelimit-reset") or ""
    if (after := headers.get("retry-after", "")).isdecimal() and len(after) < 7:  # noqa: PLR2004 - digits
        wanted = float(after)
    elif reset.isdecimal() and len(reset) < 12:  # noqa: PLR2004 - digits
        wanted = int(reset) - now.timestamp()
    elif (at := iso_moment(reset)) is not None:
        wanted = (at - now).total_seconds()
    else:
        wanted = 60.0
    return float(math.ceil(min(max(wanted, SHORTEST_WAIT), LONGEST_WAIT)))


def _bounded(platform: str, answer: httpx.Response) -> bytes:
    raw = bytearray()
    for chunk in answer.iter_bytes():
        raw += chunk
        if len(raw) > MAX_BYTES:
            raise UnavailableError(f"{platform} answers more than {MAX_BYTES} bytes")
    return bytes(raw)

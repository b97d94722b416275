"""One request to a platform, and the two verdicts on its answer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from consumers.mailer import AddressUnavailableError
from schemas.errors import Reason, RefusedError, UnavailableError

Json = Mapping[str, Any]
_AGAIN: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


@dataclass(frozen=True, slots=True)
class Call:
    """A POST of JSON. Its repr shows no token and no text, so that a log or traceback may hold it."""

    url: str = field(repr=False)
    json: Json = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


def fitting(text: str, limit: int) -> str:
    """The text within a platform's length in characters; the end of a longer one is cut at a word."""
    text = text.strip()
    if len(text) <= limit:
        return text
    kept = text[: limit - 1]
    return (kept.rsplit(maxsplit=1)[0] if " " in kept[limit // 2 :] else kept).rstrip() + "…"


def bearer(token: str) -> dict[str, str]:
    """The header that carries a token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}


def refused(why: str) -> RefusedError:
    """An answer that this platform will never take. `why` is ours, not the platform's words: those quote people."""
    return RefusedError(Reason.REPLY_REFUSED, why)


def verdict(platform: str, status: int, _body: object = None) -> RefusedError | UnavailableError | None:
    """By the status alone: None was taken; 429 and 5xx may be sent again; another 4xx never.

    401 is our own token, which an operator renews: the answers wait for it.
    """
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status == HTTPStatus.UNAUTHORIZED:
        return UnavailableError(f"{platform} does not take our token (401)")
    if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _AGAIN:
        return UnavailableError(f"{platform} takes no answer now ({status})")
    return refused(f"{platform} refused the answer for good ({status})")


def later(platform: str, code: int) -> AddressUnavailableError:
    """This person can't be written to now; others can."""
    return AddressUnavailableError(f"{platform} takes no answer for this person now ({code})")

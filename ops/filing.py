"""How `aduan file` hands a complaint in: to the intake by HTTP with a token, or through the door of this machine."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import httpx
from pydantic import ValidationError

from aduan.settings import Settings
from aduan.tokens import Caller, Role
from ops.commands.doors import open_door
from ops.process import set_up_logging
from producers.entering import CounterComplaint, entered, receipt_body
from producers.submission import FieldsError, field_errors
from schemas.errors import Reason, RefusedError, SettingsError, UnavailableError

_PATH: Final = "/api/v1/counter/complaints"
_SECONDS: Final = 30.0
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_JAKARTA: Final = ZoneInfo("Asia/Jakarta")
_CLERK: Final = re.compile(r"[A-Za-z0-9._-]{1,60}")


def same_key(settings: Settings, token: str, body: Mapping[str, Any]) -> str:
    """The same words of the same clerk on the same day have the same key; nobody can guess the words from it."""
    secret = token.encode() if token else settings.require_secret()
    today = datetime.now(_JAKARTA).date().isoformat()
    message = json.dumps([today, body], sort_keys=True).encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()[:24]


def by_http(url: str, token: str, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of the intake. RefusedError names what is wrong; UnavailableError: repeat it with the same key."""
    there = urlsplit(url)
    if there.scheme != "https" and there.hostname not in _LOOPBACK:
        raise SettingsError(f"{url}: a token goes by https only, except to this machine")
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
    try:
        answer = httpx.post(f"{url.rstrip('/')}{_PATH}", json=body, headers=headers, timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"the intake at {url} does not answer ({type(error).__name__}); repeat it") from None
    if answer.status_code == httpx.codes.ACCEPTED:
        found: dict[str, Any] = answer.json()
        return found
    if answer.is_server_error:
        raise UnavailableError("the complaint could not be kept just now; repeat it in a moment")
    raise RefusedError(Reason.INVALID_EVENT, _reason(answer))


def _reason(answer: httpx.Response) -> str:
    try:
        problem = answer.json()
        wrong = [f"{one['field']}: {one['message']}" for one in problem.get("errors", ())]
        return "; ".join(wrong) or f"{problem['detail']} ({answer.status_code})"
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the intake answered {answer.status_code}"


def through_door(settings: Settings, clerk: str, key: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The receipt of the door of this machine; raises as `Door.submit`, SettingsError for a clerk of other signs."""
    set_up_logging("file")
    if not _CLERK.fullmatch(clerk):
        raise SettingsError("--clerk: 1 to 60 letters, digits, '.', '_' and '-'")
    try:
        complaint = CounterComplaint.model_validate(body)
    except ValidationError as error:
        raise FieldsError(*field_errors(error)) from None
    submission = entered(complaint, Caller(clerk, Role.CLERK), key)
    with open_door(settings, "file") as door:
        return receipt_body(door.submit(submission), complaint)

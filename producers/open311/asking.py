"""What every Open311 request shares: known parameters, the jurisdiction, the language, and who asks."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.requests import Request

from aduan.tokens import Caller, Role, bearer
from producers.doorway import Doorway, address, doorway_of
from producers.form_words import choose_language
from producers.problems import ProblemError
from producers.submission import FieldError

COMMON = ("jurisdiction_id", "api_key", "locale")
"""Query parameters that every path takes. `locale` (id or en) is ours: GeoReport v2 has no word on languages."""


def parameters(request: Request, *known: str) -> Mapping[str, str]:
    """The query's parameters that are not empty; ProblemError(400) names one that is unknown or given twice."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in (*COMMON, *known):
            raise wrong(name[:60], "is not known")
        if name in found:
            raise wrong(name, "may be given once")
        found[name] = value
    check_jurisdiction(doorway_of(request), found.get("jurisdiction_id"))
    if found.get("locale", "id") not in {"", "id", "en"}:
        raise wrong("locale", "must be id or en")
    return {name: value for name, value in found.items() if value}


def check_jurisdiction(doorway: Doorway, given: str | None) -> None:
    """ProblemError(404) for another jurisdiction than ours; without one set, any will do."""
    ours = doorway.settings.open311_jurisdiction
    if ours and given and given != ours:
        raise ProblemError(HTTPStatus.NOT_FOUND, "jurisdiction_id was not found")


def language_of(request: Request) -> str:
    """`id` or `en`: by `locale`, else by Accept-Language."""
    return choose_language(request.query_params.get("locale"), request.headers.get("accept-language"))


def caller_of(request: Request, api_key: str | None) -> Caller | None:
    """Who asks: by `api_key` or the Authorization header; None for the public. ProblemError(403) for a wrong key.

    A key is counted against its own limit when it is right, against the public's when it is not, so that nobody
    guesses faster than they may send. Without a key nothing is counted: what is asked for says against which limit.
    """
    key = api_key or bearer(request.headers.get("authorization"))
    if key is None and "authorization" not in request.headers:
        return None
    doorway = doorway_of(request)
    caller = doorway.holder(key)
    if caller is None or caller.role is not Role.ADAPTER:
        doorway.limits.public(address(request))
        raise ProblemError(HTTPStatus.FORBIDDEN, "the api_key is not valid")
    doorway.limits.adapter(caller)
    return caller


def wrong(field: str, message: str) -> ProblemError:
    """400 that names a parameter."""
    return ProblemError(HTTPStatus.BAD_REQUEST, f"{field} {message}", FieldError(field, "invalid", message))

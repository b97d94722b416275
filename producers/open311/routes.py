"""The handlers of `/open311/v2`: discovery, services, and taking a request. Reading requests is `portal.open311`."""

import re
import secrets
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from aduan.hotlines import hotlines
from aduan.open311_file import open311_file
from aduan.tracking import tracking_number
from producers.doorway import PUBLIC, SOURCE, address, doorway_of, idempotency_key, require_type
from producers.open311.asking import caller_of, check_jurisdiction, language_of, parameters
from producers.open311.catalogue import definition, is_service, services
from producers.open311.form import MAX_BYTES, URLENCODED, read_form
from producers.open311.models import Created, Discovery, Endpoint, TokenAnswer
from producers.open311.rendering import PREFIX, Format, render
from producers.problems import ProblemError
from schemas.topics import Lane

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def open311_routes() -> list[BaseRoute]:
    """Every route that needs no index, once for each format."""
    return [
        Route(f"{PREFIX}{path}.{one.value}", handler, methods=[method])
        for path, handler, method in (
            ("/discovery", get_discovery, "GET"),
            ("/services", get_services, "GET"),
            ("/services/{service_code}", get_definition, "GET"),
            ("/requests", post_request, "POST"),
            ("/tokens/{token}", get_token, "GET"),
        )
        for one in Format
    ]


async def get_discovery(request: Request) -> Response:
    """Where the endpoint is, and when the services last changed."""
    parameters(request)
    changeset = open311_file().changeset
    formats = tuple(one.media_type for one in (Format.XML, Format.JSON))
    settings = doorway_of(request).settings
    url = settings.public_url.rstrip("/") + PREFIX
    endpoint = Endpoint(specification=SPECIFICATION, url=url, changeset=changeset, type="production", formats=formats)
    contact = next(iter(settings.mailboxes), "")
    found = Discovery(changeset=changeset, contact=contact, key_service=contact, endpoints=(endpoint,))
    return render(request, "discovery", found)


async def get_services(request: Request) -> Response:
    """The categories that a request may have."""
    parameters(request)
    return render(request, "services", services(language_of(request)))


async def get_definition(request: Request) -> Response:
    """The questions of a service."""
    parameters(request)
    found = definition(request.path_params["service_code"], language_of(request))
    if found is None:
        raise _no_service()
    return render(request, "service_definition", found)


async def post_request(request: Request) -> Response:
    """The yes, once Kafka has acknowledged; the same Idempotency-Key and form again get the same number.

    The key of the caller stands in the form, so the form is read first; it is small, and bounded while it arrives.
    """
    doorway = doorway_of(request)
    given = parameters(request)
    require_type(request, URLENCODED)
    raw = await doorway.bodies.read(request, MAX_BYTES)
    form = read_form(raw)
    caller = caller_of(request, form.api_key or given.get("api_key"))
    if caller is None:
        doorway.limits.public(address(request))
    check_jurisdiction(doorway, form.jurisdiction_id)
    if not is_service(form.service_code):
        raise _no_service()
    submission = form.submission(
        account=caller.name if caller else PUBLIC,
        source=SOURCE,
        external_id=f"open311:{idempotency_key(request) or secrets.token_urlsafe(24)}",
    )
    receipt = await doorway.submit(submission)
    language = language_of(request)
    help_at_once = hotlines(form.kabupaten, form.provinsi) if receipt.lane is Lane.URGENT else ()
    numbers = [f"{one.number} ({one.words(language)})" for one in help_at_once]
    notice = open311_file().notice(language, receipt.secret, numbers)
    created = Created(service_request_id=receipt.tracking_number, service_notice=notice)
    return render(request, "service_requests", [created])


async def get_token(request: Request) -> Response:
    """The tracking number of a complaint id of the last 30 days. We answer at once with it, so no app needs to ask."""
    doorway = doorway_of(request)
    caller = caller_of(request, parameters(request).get("api_key"))
    if caller is None:
        doorway.limits.reader(address(request))
    token = request.path_params["token"]
    if not _ID.fullmatch(token) or not await doorway.run(doorway.door.has_accepted, token):
        raise ProblemError(HTTPStatus.NOT_FOUND, "token was not found")
    found = TokenAnswer(service_request_id=tracking_number(token), token=token)
    return render(request, "service_requests", [found])


def _no_service() -> ProblemError:
    return ProblemError(HTTPStatus.NOT_FOUND, "service_code was not found")

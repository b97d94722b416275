"""The search API for staff: `GET /api/v1/complaints` and one case, and what staff do to a case.

Every answer to an error is a problem document (RFC 9457). Without a token nothing but /healthz answers.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from aduan.connections.publisher import Publisher
from aduan.tokens import Caller, Tokens, bearer
from portal import attachments
from portal.actions import ACTIONS, Action, action_record
from portal.own_host import OwnHost
from portal.params import parse_params
from portal.problems import ProblemError, problem
from portal.search import Searcher
from portal.search_openapi import DOCUMENT, portal_document
from schemas.errors import UnavailableError
from schemas.events import CaseEvent, CaseTransferred

_log = structlog.get_logger(__name__)
_MAX_BODY: Final = 16 * 1024
_RETRY_SECONDS: Final = "5"


@dataclass(frozen=True, slots=True)
class Portal:
    """The endpoints and what they stand on."""

    searcher: Searcher
    publisher: Publisher
    tokens: Tokens
    files: attachments.Attachments | None = None

    def complaints(self, request: Request) -> Response:
        """Search: hits, facets and `_meta`."""
        caller = self._caller(request)
        began = time.monotonic()
        asked = parse_params(request.query_params.multi_items())
        answer = self.searcher.search(asked, caller, datetime.now(UTC))
        _log.info("searched", caller=caller.name, ms=round((time.monotonic() - began) * 1000))
        return _json(answer)

    def complaint(self, request: Request) -> Response:
        """One case by id or tracking number."""
        return _json(self.searcher.case(request.path_params["reference"], self._caller(request)))

    async def act(self, request: Request) -> Response:
        """Something that staff do to a case: 202 when its event is on the log; searches show it a moment later."""
        body = await _body(request)
        return await run_in_threadpool(self._act, request, body)

    def attachment(self, request: Request) -> Response:
        """One file of a case, to be saved."""
        caller = self._caller(request)
        if self.files is None:
            raise ProblemError.not_found()
        return attachments.serve(self.files, request, caller)

    def openapi(self, request: Request) -> Response:
        """The OpenAPI document of all this."""
        self._caller(request)
        return _json(portal_document())

    def healthz(self, _request: Request) -> Response:
        """Whether this process works; says nothing of the engines behind it."""
        return _json({"ok": True})

    def _act(self, request: Request, body: Mapping[str, Any]) -> Response:
        caller = self._caller(request)
        action = ACTIONS.get(request.path_params["action"])
        if action is None:
            raise ProblemError.not_found()
        event = perform(
            self.searcher,
            self.publisher,
            action=action,
            reference=request.path_params["reference"],
            body=body,
            caller=caller,
            now=datetime.now(UTC),
        )
        unit = {"unit": event.unit} if isinstance(event, CaseTransferred) else {}
        return _json({"event_id": event.event_id, **unit}, HTTPStatus.ACCEPTED)

    def _caller(self, request: Request) -> Caller:
        caller = self.tokens.find(bearer(request.headers.get("authorization")))
        if caller is None:
            raise ProblemError(HTTPStatus.UNAUTHORIZED, "send a token: Authorization: Bearer …")
        return caller


def perform(
    searcher: Searcher,
    publisher: Publisher,
    *,
    action: Action,
    reference: str,
    body: Mapping[str, Any],
    caller: Caller,
    now: datetime,
) -> CaseEvent:
    """Decide on a case that the caller may see and append the event; returns it when Kafka has it.

    The command line and the API share it. Raises ProblemError, or UnavailableError: retry, the id will be the same.
    """
    case = searcher.document(reference, caller)
    event = action(case, body, caller, now)
    publisher.publish([action_record(searcher.settings, event, case)])
    _log.info("acted", caller=caller.name, case=case.complaint_id, did=event.TYPE)
    return event


def create_app(
    searcher: Searcher, publisher: Publisher, tokens: Tokens, files: attachments.Attachments | None = None
) -> Starlette:
    """The application; its parts are given and not closed by it. Without `files` it serves no attachments."""
    portal = Portal(searcher, publisher, tokens, files)
    return Starlette(
        routes=[
            Route("/healthz", portal.healthz),
            Route(DOCUMENT, portal.openapi),
            Route(attachments.PATH, portal.attachment),
            Route("/api/v1/complaints", portal.complaints),
            Route("/api/v1/complaints/{reference}", portal.complaint),
            Route("/api/v1/complaints/{reference}/{action}", portal.act, methods=["POST"]),
        ],
        exception_handlers={
            ProblemError: _on_problem,
            UnavailableError: _on_unavailable,
            HTTPException: _on_http,
            Exception: _on_bug,
        },
        middleware=[Middleware(OwnHost, files_url=searcher.settings.files_url)],
    )


async def _body(request: Request) -> Mapping[str, Any]:
    raw = b""
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > _MAX_BODY:
            raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"at most {_MAX_BODY} bytes", field="body")
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ProblemError.wrong("body", "a JSON object")
    return body


def _json(content: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> Response:
    """What a caller sees depends on the token, so no cache may keep it."""
    return JSONResponse(content, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def _problem(status: HTTPStatus, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(
        body, status, headers={"Cache-Control": "no-store", **(headers or {})}, media_type="application/problem+json"
    )


def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 - registered for that type
    challenge = {"WWW-Authenticate": "Bearer"} if error.status is HTTPStatus.UNAUTHORIZED else {}
    return _problem(error.status, error.document(), challenge)


def _on_unavailable(_request: Request, error: Exception) -> Response:
    _log.warning("unavailable", reason=str(error))
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return _problem(status, problem(status, "not ready; try again in a moment"), {"Retry-After": _RETRY_SECONDS})


def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for that type
    status = HTTPStatus(error.status_code)
    return _problem(status, problem(status, status.phrase.lower()), error.headers)


def _on_bug(request: Request, error: Exception) -> Response:
    """Starlette raises it again, so that the server logs it; the caller learns only that it is our fault."""
    _log.error("bug", path=request.scope["route"].path if "route" in request.scope else "?", error=type(error).__name__)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return _problem(status, problem(status, "a fault of ours; it was logged"))

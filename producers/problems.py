"""The intake's no: RFC 9457 problem+json that names the field and never echoes a value."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http import HTTPStatus

import structlog
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from producers.submission import FieldError, FieldsError
from schemas.errors import AduanError, ConflictError, InvalidError, Reason, UnavailableError

RETRY_SECONDS = 5
"""What a client is told to wait when Kafka or a disk is away."""
_log = structlog.get_logger(__name__)


class ProblemError(Exception):
    """An answer that is not 2xx: its status, what it means, and what to do about it."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *errors: FieldError,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The problem as JSON."""
        body = {"type": "about:blank", "title": self.status.phrase, "status": self.status.value, "detail": self.detail}
        errors: Sequence[object] = [asdict(error) for error in self.errors]
        return JSONResponse(
            body | ({"errors": errors} if errors else {}),
            status_code=self.status.value,
            headers=self.headers,
            media_type="application/problem+json",
        )


def problem_of(error: Exception) -> ProblemError:
    """The answer to an error of ours. Another error is raised again: it is a bug, answered 500 without details."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return ProblemError(HTTPStatus(error.status_code), error.detail, headers=error.headers)
    if isinstance(error, InvalidError):
        return _refusal(error)
    if isinstance(error, PermissionError):
        return ProblemError(HTTPStatus.FORBIDDEN, "the complaint and the secret do not belong together")
    if isinstance(error, UnavailableError):  # the door has logged it, once for all that waited together
        return unavailable()
    if isinstance(error, AduanError):  # a token or data file that can't be read: nobody is let in
        _log.error("intake_not_ready", why=str(error))
        return unavailable()
    raise error


def _refusal(error: InvalidError) -> ProblemError:
    if isinstance(error, FieldsError):
        too_large = error.reason is Reason.TOO_LARGE
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE if too_large else HTTPStatus.UNPROCESSABLE_ENTITY
        return ProblemError(status, "some fields are wrong", *error.errors)
    if isinstance(error, ConflictError):
        wrong = FieldError("Idempotency-Key", "conflict", "was used with another body; choose a new key")
        return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "the same key came with another body", wrong)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason.value)


def unavailable() -> ProblemError:
    """503: nothing was promised, the same request may be sent again."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the complaint could not be kept just now; send the same request again, with the same Idempotency-Key",
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


HANDLED: tuple[type[Exception], ...] = (ProblemError, HTTPException, AduanError, PermissionError)
"""Errors that become a problem; anything else is a bug."""

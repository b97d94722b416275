"""What a request can be refused for, as RFC 9457 problem details that name the field and never quote its value."""

from http import HTTPStatus
from typing import Any, Self

from schemas.errors import AduanError


class ProblemError(AduanError):
    """A request that is answered with a 4xx. Not retried as it is."""

    def __init__(self, status: HTTPStatus, detail: str, *, field: str | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.field = field

    @classmethod
    def wrong(cls, field: str, detail: str) -> Self:
        """400: this parameter or member is unknown or wrong."""
        return cls(HTTPStatus.BAD_REQUEST, detail, field=field)

    @classmethod
    def not_found(cls) -> Self:
        """404: no such case, or none that the caller may see; the answer is the same."""
        return cls(HTTPStatus.NOT_FOUND, "there is no such case")

    @classmethod
    def forbidden(cls, detail: str) -> Self:
        """403: the caller is known and may not do this."""
        return cls(HTTPStatus.FORBIDDEN, detail)

    def document(self) -> dict[str, Any]:
        """The body of the answer."""
        return problem(self.status, self.detail, self.field)


def problem(status: HTTPStatus, detail: str, field: str | None = None) -> dict[str, Any]:
    """Problem details (RFC 9457). `errors` names the field, where one is wrong."""
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    if field is not None:
        body["errors"] = [{"field": field, "detail": detail}]
    return body

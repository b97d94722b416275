"""The no of the Open311 doors: `errors` in the format asked for. Every other path answers problems (RFC 9457).

Statuses are those of GeoReport v2 (400, 403, 404), and those of HTTP that tell a client what to do next (405, 408, 413,
415, 429, 503). docs/decisions/0005-errors-of-open311.md says why.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from producers.open311.models import Open311Error
from producers.open311.rendering import render
from producers.problems import ProblemError


def open311_errors(request: Request, problem: ProblemError) -> Response:
    """The problem as GeoReport v2 writes it: one entry for each wrong field, and never a value."""
    status = HTTPStatus.BAD_REQUEST if problem.status is HTTPStatus.UNPROCESSABLE_ENTITY else problem.status
    found = [Open311Error(code=status.value, description=line) for line in _lines(problem)]
    return render(request, "errors", found, status=status, headers=problem.headers)


def _lines(problem: ProblemError) -> list[str]:
    return [f"{one.field}: {one.message}" for one in problem.errors] or [problem.detail]

"""The no of the Open311 doors: `errors` in the format asked for; every other path keeps its problem (RFC 9457).

Statuses are those of GeoReport v2 (400, 403, 404), and those of HTTP that tell a client what to do next (405, 408, 413,
415, 429, 503). docs/decisions/0005-errors-of-open311.md says why.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from producers.open311.models import Open311Error
from producers.open311.rendering import PREFIX, render
from producers.problems import ProblemError, answer_problem, problem_of


async def answer_error(request: Request, error: Exception) -> Response:
    """The handler of all errors of ours, for the whole intake."""
    if not request.url.path.startswith(f"{PREFIX}/"):
        return await answer_problem(request, error)
    problem = problem_of(error)
    status = HTTPStatus.BAD_REQUEST if problem.status is HTTPStatus.UNPROCESSABLE_ENTITY else problem.status
    found = [Open311Error(code=status.value, description=line) for line in _lines(problem)]
    return render(request, "errors", found, status=status, headers=problem.headers)


def _lines(problem: ProblemError) -> list[str]:
    """One line for each wrong field; never a value."""
    return [f"{one.field}: {one.message}" for one in problem.errors] or [problem.detail]

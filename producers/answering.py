"""The handler of every error of ours at the intake: each path answers in its own convention."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route

from producers.open311.errors import open311_errors
from producers.open311.rendering import PREFIX
from producers.problems import problem_of


async def answer_error(request: Request, error: Exception) -> Response:
    """Problem details (RFC 9457), or under /open311/v2 what GeoReport v2 says. Another error is a bug, and raised."""
    problem = problem_of(error)
    if problem.status is HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(_methods(request))
    if request.url.path.startswith(f"{PREFIX}/"):
        return open311_errors(request, problem)
    return problem.response()


def _methods(request: Request) -> list[str]:
    """All methods of a path. Starlette names those of its first route only (RFC 9110, 10.2.1 wants every one)."""
    routes = (one for one in request.app.routes if isinstance(one, Route))
    fitting = (one for one in routes if one.matches(request.scope)[0] is not Match.NONE)
    return sorted({method for one in fitting for method in one.methods or ()})

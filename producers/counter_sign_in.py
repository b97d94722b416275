"""Signing in at the counter with a token, and who is signed in. Decided in docs/decisions/0006.

The cookie goes to /loket alone, to no script, never with a request that another site began, and only by TLS except on
the machine itself. A form counts only when the browser says that a page of this origin sent it.
"""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from aduan.counter_session import LONGEST, MAY_ENTER, Session, read_session, row_of, signed
from producers.counter_words import COUNTER_WORDS
from producers.doorway import Doorway, address, doorway_of
from producers.form_reading import read_form
from producers.pages import page, page_language
from producers.problems import HANDLED, ProblemError, problem_of

PATH: Final = "/loket"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NO_SUCH_PLACE: Final = ("", "null")
REFERRER: Final = {"Referrer-Policy": "same-origin"}
"""With `no-referrer` browsers send `Origin: null` even to our own pages."""


async def get_sign_in(request: Request) -> Response:
    """The page that asks for the token."""
    return sign_in_page(request)


async def post_sign_in(request: Request) -> Response:
    """The counter with a session, or the page again. Counted per address like every request without a token."""
    doorway = doorway_of(request)
    try:
        require_own_page(request)
        doorway.limits.public(address(request))
        token = (await read_form(request, doorway)).values.get("token", "").strip()
        caller = doorway.holder(token)
    except HANDLED as error:
        return refused_page(request, error)
    row = row_of(doorway.tokens.rows(), caller) if caller is not None and caller.role in MAY_ENTER else None
    if row is None:
        return sign_in_page(request, "wrong_token", HTTPStatus.FORBIDDEN)
    now = datetime.now(UTC)
    return _with_cookie(request, _counter(request), signed(doorway.secret, row, now, now))


async def post_sign_out(request: Request) -> Response:
    """The page that asks for the token; the browser forgets the session."""
    try:
        require_own_page(request)
    except ProblemError as error:
        return refused_page(request, error)
    answer = RedirectResponse(f"{PATH}/masuk?lang={page_language(request)}", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(_cookie(request), path=PATH)
    return answer


def session_of(request: Request) -> Session | None:
    """Who is signed in. Raises as `Tokens.rows` when the file of tokens can't be read."""
    doorway, value = doorway_of(request), request.cookies.get(_cookie(request), "")
    return read_session(doorway.secret, doorway.tokens.rows(), value, datetime.now(UTC))


def seen(request: Request, doorway: Doorway, session: Session, answer: Response) -> Response:
    """The answer, with the session going on from now."""
    row = row_of(doorway.tokens.rows(), session.caller)
    if row is None:
        return answer
    return _with_cookie(request, answer, signed(doorway.secret, row, session.began, datetime.now(UTC)))


def require_own_page(request: Request) -> None:
    """ProblemError(403) unless the browser says that a page of this origin sent the form."""
    origin = request.headers.get("origin", "")
    own = urlsplit(origin).netloc == request.headers.get("host")
    if origin in _NO_SUCH_PLACE:
        own = request.headers.get("sec-fetch-site") == "same-origin"
    if not own:
        raise ProblemError(HTTPStatus.FORBIDDEN, "the form did not come from this site")


def sign_in_page(request: Request, notice: str = "", status: HTTPStatus = HTTPStatus.OK) -> Response:
    """The page that asks for the token; without TLS only what to do about it."""
    language = page_language(request)
    if request.url.scheme != "https" and not _is_local(request):
        notice, status = "no_tls", HTTPStatus.FORBIDDEN
    words = COUNTER_WORDS[language]
    answer = page("counter_sign_in.html", language, status, words=COUNTER_WORDS, notice=words.get(notice, ""))
    answer.headers.update(REFERRER)
    return answer


def refused_page(request: Request, error: Exception) -> Response:
    """The sign-in page with what is wrong; another error is a bug, and raised."""
    problem = problem_of(error)
    notices = {HTTPStatus.FORBIDDEN: "not_ours", HTTPStatus.TOO_MANY_REQUESTS: "notice_rate"}
    answer = sign_in_page(request, notices.get(problem.status, "notice_other"), problem.status)
    answer.headers.update(problem.headers)
    return answer


def _counter(request: Request) -> Response:
    return RedirectResponse(f"{PATH}?lang={page_language(request)}", HTTPStatus.SEE_OTHER)


def _with_cookie(request: Request, answer: Response, value: str) -> Response:
    answer.set_cookie(
        _cookie(request),
        value,
        max_age=int(LONGEST.total_seconds()),
        path=PATH,
        secure=not _is_local(request),
        httponly=True,
        samesite="strict",
    )
    return answer


def _cookie(request: Request) -> str:
    """Browsers keep a name with `__Secure-` only from TLS (RFC 6265bis)."""
    return "loket" if _is_local(request) else "__Secure-loket"


def _is_local(request: Request) -> bool:
    return request.url.hostname in _LOOPBACK

"""Pages for the public and the counter: made on the server, no script, one style that the policy names by its hash."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from producers.form_words import WORDS, choose_language


def page(
    name: str, language: str, status: HTTPStatus, *, words: Mapping[str, Mapping[str, str]] = WORDS, **values: object
) -> Response:
    """The template `name` in that language. No page may load, frame or send anything beyond its own origin."""
    css, digest = _style()
    html = _templates().get_template(name).render(lang=language, say=words[language], css=css, **values)
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return HTMLResponse(
        html,
        status_code=status.value,
        headers={"Content-Security-Policy": policy, "Content-Language": language, "Vary": "Accept-Language"},
    )


def page_language(request: Request) -> str:
    """`id` or `en`: what the link says, else what the browser prefers."""
    return choose_language(request.query_params.get("lang"), request.headers.get("accept-language"))


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("producers"), autoescape=True, undefined=StrictUndefined)


@cache
def _style() -> tuple[str, str]:
    css = (files("producers") / "templates" / "style.css").read_text(encoding="utf-8").strip()
    return css, base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()

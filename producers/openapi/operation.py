"""One operation of an HTTP API as the OpenAPI document tells it: what it takes, and every answer that it may give."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import BaseModel

PROBLEM: Final = "application/problem+json"
JSON: Final = "application/json"


class FieldProblem(BaseModel):
    """What is wrong with one field; never its value. A refused file has its number from 0, and its type by content."""

    field: str
    code: str
    message: str
    number: int | None = None
    media_type: str | None = None


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One status: its description, the types of its body by media type (None: no schema), and its headers."""

    description: str
    content: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """A method on a path. `parameters` are parameter objects of OpenAPI; `body` a model by media type."""

    method: str
    path: str
    name: str
    tag: str
    summary: str
    answers: Mapping[int, Answer]
    parameters: tuple[Mapping[str, Any], ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    keyed: bool = False
    """Whether a token changes the answer, or whose limit it counts against."""
    closed: bool = False
    """Whether nobody gets in without one."""


REFUSALS: Final[Mapping[int, tuple[str, tuple[str, ...]]]] = {
    400: ("A parameter, header or the body is wrong; it is named.", ()),
    401: ("The token or the signature is missing or wrong.", ()),
    403: ("The secret, key or token is wrong.", ()),
    404: ("There is nothing of that name that the caller may see.", ()),
    405: ("The path has other methods.", ("Allow",)),
    408: ("The body did not arrive in time.", ()),
    413: ("The body, or a field of it, is too large.", ()),
    415: ("The body is of another media type.", ()),
    422: ("Some fields are wrong; each is named.", ()),
    429: ("Too many requests; wait, then send the same one again.", ("Retry-After",)),
    503: ("Nothing was promised; send the same request again.", ("Retry-After",)),
}


def refusals(*statuses: int) -> dict[int, Answer]:
    """Problem documents of these statuses."""
    return {one: Answer(REFUSALS[one][0], {PROBLEM: Problem}, REFUSALS[one][1]) for one in statuses}


def query(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """An optional query parameter; a string without another schema."""
    return _parameter(name, "query", description, schema, required=False)


def path(name: str, description: str, **schema: Any) -> dict[str, Any]:
    """A part of the path."""
    return _parameter(name, "path", description, schema, required=True)


def header(name: str, description: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    """A header."""
    return _parameter(name, "header", description, schema, required=required)


def _parameter(name: str, place: str, description: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": description,
        "schema": {"type": "string"} | schema,
    }


IDEMPOTENCY_KEY: Final = header(
    "Idempotency-Key",
    "The same key with the same body gets the same answer, and is one complaint; with another body it is refused.",
    pattern=r"^[!-~]{1,255}$",
)

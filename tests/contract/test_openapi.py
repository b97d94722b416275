"""The OpenAPI document names every machine's route of the intake, and no other; its golden file is what is served."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from aduan.settings import load_settings
from aduan.tokens import Tokens
from ops.openapi_page import DOCUMENTS, render
from portal.actions import ACTIONS
from portal.api import create_app as portal_app
from portal.index_reader import IndexReader
from portal.openapi import intake_document
from portal.public import public_routes
from portal.search import Searcher
from portal.search_openapi import portal_document
from producers.web import create_app
from tests.doors import MemoryDoor

FOR_MACHINES = ("/api/", "/open311/", "/webhooks/", "/healthz")
"""Other paths are pages for people, which the document leaves out."""


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Starlette]:
    door = MemoryDoor(tmp_path)
    with closing(IndexReader(door.settings)) as reader:
        yield create_app(
            door.settings, door.door, Tokens(tmp_path / "none"), extra=public_routes(door.settings, reader)
        )
    door.close()


def served(app: Starlette, *prefixes: str) -> set[tuple[str, str]]:
    """Method and path of every route below these prefixes, without the converters in the path."""
    routes = [one for one in app.routes if isinstance(one, Route) and one.path.startswith(prefixes)]
    return {
        (method, one.path.replace(":uuid", "")) for one in routes for method in one.methods or () if method != "HEAD"
    }


def described(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}


def test_every_route_is_described_and_everything_described_is_a_route(app: Starlette) -> None:
    assert described(intake_document()) == served(app, *FOR_MACHINES)


async def test_the_intake_serves_its_document(app: Starlette) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as client:
        answer = await client.get("/api/openapi.json")
    assert answer.json() == intake_document()


@pytest.mark.parametrize("page", DOCUMENTS, ids=str)
def test_the_golden_files_are_what_the_code_makes(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == render(DOCUMENTS[page]()), "run: make docs"


def test_every_route_of_the_portal_is_described_and_everything_described_is_a_route() -> None:
    nothing: Any = None  # the routes are only listed
    routes = served(portal_app(Searcher(load_settings(), nothing, nothing), nothing, nothing), "/")
    acting = {(method, path.replace("{action}", name)) for method, path in routes for name in ACTIONS}
    assert described(portal_document()) == acting


@pytest.mark.parametrize("make", DOCUMENTS.values())
def test_every_operation_has_its_own_name_and_every_reference_leads_somewhere(
    make: Callable[[], dict[str, Any]],
) -> None:
    document = make()
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    assert set(references(document)) <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


def references(part: Any) -> Iterator[str]:
    """Every `$ref` below."""
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for value in part.values():
            yield from references(value)
    elif isinstance(part, list):
        for value in part:
            yield from references(value)

"""The OpenAPI document holds: whatever schemathesis makes of it, the intake answers as it says. On a real index."""

import secrets
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import schemathesis

from aduan.settings import Settings
from aduan.tokens import Role, Tokens
from consumers.search_engine import search_client
from portal.index_reader import IndexReader
from portal.openapi import intake_document
from portal.public import public_routes
from producers.web import create_app
from tests.conformance import config, is_meant_to_pass
from tests.doors import MemoryDoor
from tests.factories import case_opened
from tests.indexed_cases import case_of, index_cases
from tests.serving import serving

NO_LIMIT = "100000/second"
Intake = tuple[str, dict[str, str]]
"""Where it is, and a clerk's token."""


@pytest.fixture(scope="module")
def intake(shared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Intake]:
    """The whole intake on a socket: a door in memory, a real index."""
    with search_client(shared_settings) as engine:
        cases = [case_of([case_opened(n, sealed_content=None, sealed_reporter=None)]) for n in range(4)]
        index_cases(shared_settings, engine, cases)
    folder = tmp_path_factory.mktemp("door")
    door = MemoryDoor(folder, intake_rate=NO_LIMIT, intake_rate_reader=NO_LIMIT)
    tokens = Tokens(folder / "tokens.json")
    clerk = {"Authorization": f"Bearer {tokens.new('clerk', Role.STAFF, 'ult')}"}
    with closing(IndexReader(shared_settings)) as reader:
        app = create_app(door.settings, door.door, tokens, extra=public_routes(shared_settings, reader))
        with serving(app) as client:
            yield str(client.base_url), clerk
    door.close()


SCHEMA = schemathesis.openapi.from_dict(intake_document(), config=config())


@SCHEMA.parametrize()
def test_every_answer_is_the_one_that_the_document_promises(case: schemathesis.Case[Any], intake: Intake) -> None:
    url, clerk = intake
    if is_meant_to_pass(case):
        obey_what_no_schema_can_say(case)
    case.call_and_validate(base_url=url, headers=clerk if "counter" in case.path else None)


def obey_what_no_schema_can_say(case: schemathesis.Case[Any]) -> None:
    """A key is new, dates are near one another, and so on for the body."""
    if "Idempotency-Key" in case.headers:
        case.headers["Idempotency-Key"] = secrets.token_hex()
    if case.query.get("start_date") and case.query.get("end_date"):
        case.query["end_date"] = case.query["start_date"]
    if isinstance(case.body, dict):
        case.body = obedient(case.body)


def obedient(body: dict[str, Any]) -> dict[str, Any]:
    """Codes of long lists are real ones, a position is whole, and files hold what they seem to."""
    for province, regency in (("provinsi", "kabupaten"), ("attribute[provinsi]", "attribute[kabupaten]")):
        if (body.get(regency) or "").strip():
            body |= {province: "31", regency: "3171"}
    if body.get("address_id", "").strip():
        body |= {"address_id": "dinas-3171"}
    if any(not str(body.get(name, "")).strip() for name in ("lat", "long")):
        body = {name: value for name, value in body.items() if name not in {"lat", "long"}}
    if "attachments" in body:
        text = {"name": "surat.txt", "content_base64": "c3VyYXQ="}
        body |= {"attachments": [one | text for one in body["attachments"]]}
    return body

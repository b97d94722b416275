"""The OpenAPI document of staff's API holds, on a real index and a real log: schemathesis finds nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis

from aduan.acronyms import load_acronyms
from aduan.connections.publisher import Publisher
from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from consumers.search_engine import search_client
from ops.topics import ensure_topics
from portal.api import create_app
from portal.params import MAX_DEPTH
from portal.search import Searcher
from portal.search_openapi import portal_document
from tests.conformance import config, is_meant_to_pass
from tests.factories import case_opened
from tests.indexed_cases import case_of, index_cases
from tests.serving import serving

CASES = [case_of([case_opened(n, sealed_content=None, sealed_reporter=None)]) for n in range(4)]
SCHEMA = schemathesis.openapi.from_dict(portal_document(), config=config(coverage=False))


@pytest.fixture(scope="module")
def portal(shared_settings: Settings) -> Iterator[tuple[str, dict[str, str]]]:
    """Where it is, and the token of an inspector, who sees all."""
    ensure_topics(shared_settings)
    tokens = Tokens(tokens_path(shared_settings))
    inspector = {"Authorization": f"Bearer {tokens.new('inspector', Role.INSPECTOR)}"}
    publisher = Publisher(shared_settings, "tests")
    with search_client(shared_settings) as engine:
        index_cases(shared_settings, engine, CASES)
        app = create_app(Searcher(shared_settings, engine, load_acronyms()), publisher, tokens)
        with serving(app) as client:
            yield str(client.base_url), inspector
    publisher.close()


@SCHEMA.parametrize()
def test_every_answer_is_the_one_that_the_document_promises(
    case: schemathesis.Case[Any], portal: tuple[str, dict[str, str]]
) -> None:
    url, inspector = portal
    if is_meant_to_pass(case):
        obey_what_no_schema_can_say(case)
    case.call_and_validate(base_url=url, headers=inspector)


def obey_what_no_schema_can_say(case: schemathesis.Case[Any]) -> None:
    """Pages are not deeper than the engine goes, and begin where a page ended; codes, cases and units are real ones."""
    for name in ("search_after", "unit", "not_unit", "kabupaten", "not_kabupaten"):
        case.query.pop(name, None)
    if "frm" in case.query:
        case.query["frm"] = min(int(case.query["frm"]), MAX_DEPTH - 100)
    if "reference" in case.path_parameters:
        case.path_parameters["reference"] = CASES[0].tracking_number
    if isinstance(case.body, dict) and "unit" in case.body:
        case.body = case.body | {"unit": "puslapdik"}
    if isinstance(case.body, dict) and case.path.endswith("/reclassify"):
        case.body = case.body | {"kategori": "pip", "provinsi": "31", "kabupaten": "3171", "kerahasiaan": "publik"}

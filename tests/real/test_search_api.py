"""The search API on a real search engine: what is found, what is counted, and above all what is not told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from httpx import Client

from aduan.acronyms import load_acronyms
from aduan.connections.publisher import Publisher
from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from consumers.search_engine import search_client
from portal.api import create_app
from portal.search import Searcher
from schemas.documents import CaseDocument
from schemas.events import CaseAcknowledged, CaseReclassified, CaseTransferred, Routing
from tests.case_log import events_on_log
from tests.factories import NOW, case_opened, classification, reply_added
from tests.indexed_cases import case_of, index_cases, remove_case
from tests.serving import serving

API = "/api/v1/complaints"


def case(n: int, text: str, *, unit: str = "dinas-3171", replies: tuple[str, ...] = (), **classes: Any) -> CaseDocument:
    opened = case_opened(
        n,
        title=f"Judul {n}",
        text=text,
        classification=classification(n, **({"kategori": "pip", "provinsi": "31"} | classes)),
        routing=Routing(unit=unit, due_at=NOW),
    )
    added = [reply_added(n, nr, text=reply) for nr, reply in enumerate(replies, 1)]
    return case_of([opened, *added])


CASES = [
    case(1, "Dana Program Indonesia Pintar anak saya belum cair sejak bulan lalu"),
    case(2, "Kapan PIP cair? Kartunya sudah ada", kategori="bos", provinsi="32"),
    case(3, "Orang tua dipungut uang seragam <b>tanpa</b> musyawarah", kategori="pungutan", provinsi="33"),
    case(4, "Pungutan seragam lagi", kategori="pungutan", kerahasiaan="anonim", replies=("Sudah lapor dinas juga",)),
]
HIDDEN = case(
    9, "Murid dipungut zamrud dari pip", unit="itjen", kategori="korupsi", provinsi="91", kerahasiaan="rahasia"
)


@contextmanager
def portal_of(settings: Settings) -> Iterator[Client]:
    publisher = Publisher(settings, "tests")
    with search_client(settings) as engine:
        index_cases(settings, engine, CASES)
        searcher = Searcher(settings, engine, load_acronyms())
        with serving(create_app(searcher, publisher, Tokens(tokens_path(settings)))) as client:
            yield client
    publisher.close()


@pytest.fixture(scope="module")
def client(shared_settings: Settings) -> Iterator[Client]:
    """A portal that the tests which only read share."""
    with portal_of(shared_settings) as made:
        yield made


@pytest.fixture
def acting(topics: Settings) -> Iterator[Client]:
    """A portal with a log of its own."""
    with portal_of(topics) as made:
        yield made


@pytest.fixture
def hidden(shared_settings: Settings) -> Iterator[Callable[[], None]]:
    """Puts the case behind the fence into the shared index, when called; it is taken out after the test."""
    with search_client(shared_settings) as engine:
        yield lambda: index_cases(shared_settings, engine, [HIDDEN])
        remove_case(shared_settings, engine, HIDDEN)


def headers(settings: Settings, role: Role = Role.STAFF, unit: str | None = "dinas-3171") -> dict[str, str]:
    name = f"{role.value}-{unit}"
    tokens = Tokens(tokens_path(settings))
    if any(row.name == name for row in tokens.rows()):
        tokens.revoke(name)
    return {"Authorization": f"Bearer {tokens.new(name, role, unit)}"}


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [hit["_source"]["title"] for hit in answer.json()["hits"]["hits"]]


def counts(answer: Any, facet: str) -> dict[str, int]:
    buckets = answer.json()["aggregations"][facet][facet]["buckets"]
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def test_without_a_token_nothing_is_told(client: Client, shared_settings: Settings) -> None:
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic wrong"}):
        for path in (API, f"{API}/{CASES[0].complaint_id}"):
            answer = client.get(path, headers=given)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["www-authenticate"] == "Bearer"
    assert client.get(API, headers=headers(shared_settings, Role.ADAPTER, None)).status_code == 403


def test_an_acronym_finds_its_long_form_and_the_long_form_its_acronym(
    client: Client, shared_settings: Settings
) -> None:
    who = headers(shared_settings)
    assert set(found(client.get(API, params={"search_term": "pip"}, headers=who))) == {"Judul 1", "Judul 2"}
    answer = client.get(API, params={"search_term": "program indonesia pintar"}, headers=who)
    assert found(answer) == ["Judul 1", "Judul 2"]


def test_a_stem_finds_its_forms_and_the_exact_form_comes_first(client: Client, shared_settings: Settings) -> None:
    answer = client.get(API, params={"search_term": "pungutan"}, headers=headers(shared_settings))
    assert found(answer) == ["Judul 4", "Judul 3"]


def test_phrases_and_unwanted_words_are_kept_to(client: Client, shared_settings: Settings) -> None:
    who = headers(shared_settings)
    assert found(client.get(API, params={"search_term": '"uang seragam"'}, headers=who)) == ["Judul 3"]
    assert found(client.get(API, params={"search_term": "seragam -musyawarah"}, headers=who)) == ["Judul 4"]
    assert found(client.get(API, params={"search_term": "lapor", "field": "replies"}, headers=who)) == ["Judul 4"]


@pytest.mark.parametrize("text", ['" AND (', "title:*", "/.*/", "\\", "a" * 500, "-", "* ? ~ ^ {}", "😀 'x'"])
def test_no_query_syntax_reaches_the_engine(client: Client, shared_settings: Settings, text: str) -> None:
    assert client.get(API, params={"search_term": text}, headers=headers(shared_settings)).status_code == 200


def test_highlights_mark_the_words_and_escape_the_html_of_the_text(client: Client, shared_settings: Settings) -> None:
    answer = client.get(API, params={"search_term": "musyawarah"}, headers=headers(shared_settings))
    (fragment,) = answer.json()["hits"]["hits"][0]["highlight"]["text"]
    assert "<mark>musyawarah</mark>" in fragment
    assert "&lt;b&gt;tanpa&lt;" in fragment


def test_each_facet_counts_without_its_own_filter_but_under_the_others(
    client: Client, shared_settings: Settings
) -> None:
    params = {"kategori": "pungutan", "provinsi": "33"}
    answer = client.get(API, params=params, headers=headers(shared_settings))
    assert found(answer) == ["Judul 3"]
    assert counts(answer, "kategori") == {"pungutan": 1}
    assert counts(answer, "provinsi") == {"31": 1, "33": 1}
    assert answer.json()["_meta"]["total_record_count"] == 4


def test_negations_combine_as_none_of(client: Client, shared_settings: Settings) -> None:
    params = {"not_kategori": "pungutan", "not_provinsi": "32"}
    assert found(client.get(API, params=params, headers=headers(shared_settings))) == ["Judul 1"]


def test_pages_go_on_where_the_last_one_ended(client: Client, shared_settings: Settings) -> None:
    who, seen = headers(shared_settings), list[str]()
    params: dict[str, str] = {"size": "1", "sort": "created_date_asc"}
    for _ in range(4):
        answer = client.get(API, params=params, headers=who)
        seen += found(answer)
        (after,) = answer.json()["_meta"]["break_points"].values()
        params["search_after"] = after
    assert seen == ["Judul 1", "Judul 2", "Judul 3", "Judul 4"]
    assert found(client.get(API, params=params, headers=who)) == []


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"searchterm": "x"}, "searchterm"),
        ({"kategori": "nonsense"}, "kategori"),
        ({"provinsi": "99"}, "provinsi"),
        ({"size": "101"}, "size"),
        ({"frm": "10000"}, "frm"),
        ({"sort": "magic"}, "sort"),
        ({"date_received_min": "yesterday"}, "date_received_min"),
        ({"search_after": "1_2"}, "search_after"),
        ({"format": "csv"}, "format"),
        ({"search_term": "x" * 501}, "search_term"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: Client, shared_settings: Settings, params: dict[str, str], field: str
) -> None:
    answer = client.get(API, params=params, headers=headers(shared_settings))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_a_case_is_read_by_id_or_tracking_number_without_what_is_not_for_reading(
    client: Client, shared_settings: Settings
) -> None:
    who = headers(shared_settings)
    by_id = client.get(f"{API}/{CASES[3].complaint_id}", headers=who).json()
    assert by_id == client.get(f"{API}/{CASES[3].tracking_number.lower()}", headers=who).json()
    assert by_id["replies"][0]["text"] == "Sudah lapor dinas juga"
    assert not {"events", "body_digest", "account", "position", "lane"} & by_id.keys()
    assert by_id["origin"].keys() <= {"clerk", "external_ref", "due_at"}


SEARCHES = [
    *[
        {"search_term": text}
        for text in ("", "zamrud", "zam*", "dipungut", "pip", '"zamrud dari pip"', "-zamrud", "korupsi")
    ],
    *[{"kategori": "korupsi"}, {"kerahasiaan": "rahasia"}, {"unit": "itjen"}, {"provinsi": "91"}],
    *[{"not_kategori": "pip"}, {"sort": "relevance_asc", "search_term": "dipungut pip"}, {"size": "1"}],
    *[{"search_term": HIDDEN.tracking_number}, {"sort": "due_date_asc", "size": "2"}],
]


def everything_told(client: Client, who: dict[str, str]) -> list[Any]:
    answers = [client.get(API, params=params, headers=who) for params in SEARCHES]
    answers += [
        client.get(f"{API}/{reference}", headers=who) for reference in (HIDDEN.complaint_id, HIDDEN.tracking_number)
    ]
    answers += [client.post(f"{API}/{HIDDEN.complaint_id}/acknowledge", headers=who, json={})]
    return [(answer.status_code, answer.json()) for answer in answers]


@pytest.mark.parametrize(("role", "unit"), [(Role.STAFF, "dinas-3171"), (Role.SUPERVISOR, "ult"), (Role.STAFF, None)])
def test_no_answer_changes_by_a_case_behind_the_fence(
    client: Client, shared_settings: Settings, hidden: Callable[[], None], role: Role, unit: str | None
) -> None:
    who = headers(shared_settings, role, unit)
    before = everything_told(client, who)
    hidden()
    assert everything_told(client, who) == before


@pytest.mark.parametrize(("role", "unit"), [(Role.STAFF, "itjen"), (Role.INSPECTOR, None), (Role.ADMIN, None)])
def test_the_handling_unit_and_the_named_roles_see_it(
    client: Client, shared_settings: Settings, hidden: Callable[[], None], role: Role, unit: str | None
) -> None:
    hidden()
    who = headers(shared_settings, role, unit)
    answer = client.get(API, params={"search_term": "zamrud"}, headers=who)
    assert found(answer) == ["Judul 9"]
    assert counts(answer, "kerahasiaan") == {"rahasia": 1}
    assert client.get(f"{API}/{HIDDEN.tracking_number}", headers=who).status_code == 200


def test_an_action_is_an_event_on_the_log(acting: Client, topics: Settings) -> None:
    answer = acting.post(f"{API}/{CASES[0].tracking_number}/acknowledge", headers=headers(topics), json={})
    assert answer.status_code == 202
    (event,) = events_on_log(topics, CaseAcknowledged)
    assert (event.event_id, event.complaint_id) == (answer.json()["event_id"], CASES[0].complaint_id)


def test_a_repeated_action_on_the_same_state_is_the_same_event(acting: Client, topics: Settings) -> None:
    who, path = headers(topics), f"{API}/{CASES[0].complaint_id}/reclassify"
    first, again = (acting.post(path, headers=who, json={"prioritas": "darurat"}) for _ in range(2))
    assert first.json() == again.json()
    assert len({event.event_id for event in events_on_log(topics, CaseReclassified)}) == 1


def test_a_transfer_counts_its_deadline_anew_and_staff_of_another_unit_may_not(
    acting: Client, topics: Settings
) -> None:
    path = f"{API}/{CASES[0].complaint_id}/transfer"
    assert acting.post(path, headers=headers(topics, unit="ult"), json={"unit": "puslapdik"}).status_code == 403
    assert acting.post(path, headers=headers(topics), json={"unit": "nowhere"}).json()["errors"][0]["field"] == "unit"
    assert acting.post(path, headers=headers(topics), json={"unit": "puslapdik"}).status_code == 202
    (event,) = events_on_log(topics, CaseTransferred)
    assert isinstance(event, CaseTransferred)
    assert event.unit == "puslapdik"
    assert event.due_at > event.occurred_at


@pytest.mark.parametrize("body", ["[]", "{", '{"more": 1}', "x" * 20_000])
def test_a_body_that_is_wrong_is_refused_with_a_problem(acting: Client, topics: Settings, body: str) -> None:
    answer = acting.post(f"{API}/{CASES[0].complaint_id}/acknowledge", headers=headers(topics), content=body)
    assert answer.status_code in {400, 413}
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_search_engine_that_is_away_is_503_and_says_when_to_try_again(settings: Settings) -> None:
    away = Elasticsearch("http://127.0.0.1:1", max_retries=0)
    app = create_app(Searcher(settings, away, load_acronyms()), Publisher(settings, "x"), Tokens(tokens_path(settings)))
    with serving(app) as client:
        answer = client.get(API, headers=headers(settings))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    away.close()


def test_a_case_names_the_one_that_it_went_on_as_only_to_who_may_see_that_one(
    client: Client, shared_settings: Settings
) -> None:
    onward = case(12, "Masih dipungut juga", unit="itjen", kerahasiaan="rahasia")
    closed = case(11, "Dipungut uang gedung").model_copy(update={"continued_as": onward.complaint_id})
    with search_client(shared_settings) as engine:
        index_cases(shared_settings, engine, [closed, onward])
        try:
            names = [
                client.get(f"{API}/{closed.complaint_id}", headers=headers(shared_settings, role)).json()["related"]
                for role in (Role.STAFF, Role.INSPECTOR)
            ]
        finally:
            for one in (closed, onward):
                remove_case(shared_settings, engine, one)
    assert names == [[], [onward.tracking_number]]

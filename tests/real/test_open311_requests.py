"""Open311's `GET /requests` on a real search engine: what the public learns of cases, and above all what not."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from aduan.decisions import CHOSEN
from aduan.settings import Settings, load_settings
from aduan.tokens import Tokens
from consumers.search_engine import search_client
from ops.engines.ports import free_port
from portal.index_reader import WAITING, IndexReader
from portal.public import public_routes
from producers.web import create_app
from schemas.documents import CaseDocument
from schemas.events import CaseEvent, Finding, Routing
from tests.doors import MemoryDoor
from tests.factories import (
    NOW,
    case_acknowledged,
    case_opened,
    case_resolved,
    classification,
    complaint_id,
    reporter_erased,
)
from tests.indexed_cases import case_of, index_cases

BASE = "/open311/v2/requests"
RANGE = {"start_date": "2026-11-01T00:00:00Z", "end_date": "2026-12-31T00:00:00Z"}


def case(
    n: int, *later: CaseEvent, chosen: bool = False, text: str = "", at: datetime | None = None, **classes: Any
) -> CaseDocument:
    found = (Finding(field="kerahasiaan", value="publik", rule=CHOSEN if chosen else "default"),)
    given = {"kategori": "pip", "provinsi": "31", "kabupaten": "3171", "findings": found} | classes
    opened = case_opened(
        n,
        title=f"Judul {n}",
        text=text or f"Kata-kata {n}",
        received_at=at or NOW + timedelta(seconds=n),
        classification=classification(n, **given),
        routing=Routing(unit="dinas-3171", due_at=NOW + timedelta(days=5)),
        sealed_content=None,
        sealed_reporter=None,
    )
    return case_of([opened, *later])


TEXT = "Kata-kata 2. Kalimat kedua!\n\n\tBaris <b>ketiga</b> & akhir: tanpa titik"
PUBLIC = case(1)
CHOSEN_PUBLIC = case(2, case_acknowledged(2, actor="budi-clerk"), chosen=True, text=TEXT, kategori="bos")
CLOSED = case(3, case_resolved(3, actor="budi-clerk", outcome="duplicate"), kategori="pungutan")
ANONYMOUS = case(4, kerahasiaan="anonim")
CONFIDENTIAL = case(5, kerahasiaan="rahasia", kategori="korupsi")
UNKNOWN_CLASS = case(6, kerahasiaan="terbatas")
ERASED = case(7, reporter_erased(7, actor="admin", drop_text=True), chosen=True)
SPAM = case(8, kategori="bukan_aduan", chosen=True)
LONG_TEXT = "Kalimat <b>pertama</b> & lain.\n\nKalimat berikutnya, tanpa akhir " * 400
LONG = case(9, chosen=True, text=LONG_TEXT, at=NOW - timedelta(days=200))
SHOWN = [CLOSED, CHOSEN_PUBLIC, PUBLIC]
HIDDEN = [ANONYMOUS, CONFIDENTIAL, UNKNOWN_CLASS, ERASED, SPAM]


@pytest.fixture(scope="module")
def indexed(shared_settings: Settings) -> Settings:
    """An index with every kind of case; the tests only read it."""
    with search_client(shared_settings) as engine:
        index_cases(shared_settings, engine, [*SHOWN, *HIDDEN, LONG])
    return shared_settings


@pytest.fixture
async def client(indexed: Settings, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    with closing(IndexReader(indexed)) as reader:
        async with aclosing(serve(tmp_path, indexed, reader)) as served:
            yield await anext(served)


async def serve(folder: Path, settings: Settings, reader: IndexReader) -> AsyncGenerator[httpx.AsyncClient, None]:
    """The whole intake, with a door in memory and a real index."""
    door = MemoryDoor(folder / "door", intake_rate_reader="1000/second")
    app = create_app(door.settings, door.door, Tokens(folder / "none"), extra=public_routes(settings, reader))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as made:
        yield made
    door.close()


def numbers(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.json()]


def of(*cases: CaseDocument) -> list[str]:
    return [one.tracking_number for one in cases]


async def test_only_public_cases_are_listed_newest_first(client: httpx.AsyncClient) -> None:
    assert numbers(await client.get(f"{BASE}.json", params=RANGE)) == of(*SHOWN)


async def test_a_case_that_is_not_public_and_one_that_is_not_there_have_the_same_answer(
    client: httpx.AsyncClient,
) -> None:
    nothing = await client.get(f"{BASE}/ADN-0000-0000-0000-0.json")
    assert nothing.status_code == 404
    for one in HIDDEN:
        hidden = await client.get(f"{BASE}/{one.tracking_number}.json")
        assert (hidden.status_code, hidden.content) == (404, nothing.content)
    asked = ",".join(of(*HIDDEN, PUBLIC))
    assert numbers(await client.get(f"{BASE}.json", params={"service_request_id": asked})) == of(PUBLIC)


async def test_one_case_says_status_unit_and_deadline_and_nothing_of_people(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}/{CLOSED.tracking_number}.json?locale=en")
    [found] = answer.json()
    assert {name: value for name, value in found.items() if value is not None} == {
        "service_request_id": CLOSED.tracking_number,
        "status": "closed",
        "status_notes": "Closed: the same as another report.",
        "service_name": "Levies & school fees",
        "service_code": "pungutan",
        "agency_responsible": "Education office of Kota Administrasi Jakarta Pusat",
        "requested_datetime": "2026-11-24T03:00:03Z",
        "updated_datetime": "2026-11-24T04:01:03Z",
        "expected_datetime": "2026-11-29T03:00:00Z",
        "address": "Kota Administrasi Jakarta Pusat, DKI Jakarta",
    }
    assert "budi-clerk" not in answer.text


async def test_words_are_shown_only_where_the_reporter_chose_to(client: httpx.AsyncClient) -> None:
    found = {one["service_request_id"]: one for one in (await client.get(f"{BASE}.json", params=RANGE)).json()}
    assert found[CHOSEN_PUBLIC.tracking_number]["description"] == TEXT
    assert found[PUBLIC.tracking_number]["description"] is None


async def test_a_long_text_is_cut_by_the_engine_and_keeps_its_lines(client: httpx.AsyncClient) -> None:
    [found] = (await client.get(f"{BASE}/{LONG.tracking_number}.json")).json()
    shown = found["description"]
    assert 3_900 < len(shown) <= 4_000
    assert LONG_TEXT.startswith(shown.removesuffix("…"))
    assert shown.endswith("…")


async def test_filters_by_status_service_and_time(client: httpx.AsyncClient) -> None:
    for given, expected in (
        ({"status": "closed"}, of(CLOSED)),
        ({"status": "open"}, of(CHOSEN_PUBLIC, PUBLIC)),
        ({"status": "open,closed"}, of(*SHOWN)),
        ({"service_code": "bos,pungutan"}, of(CLOSED, CHOSEN_PUBLIC)),
        ({"service_code": "kekerasan"}, []),
        ({"end_date": "2026-11-24T03:00:01Z", "start_date": "2026-11-24T10:00:01+07:00"}, of(PUBLIC)),
    ):
        assert numbers(await client.get(f"{BASE}.json", params=RANGE | given)) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=acknowledged", "status"),
        ("service_code=bukan_aduan", "service_code"),
        ("start_date=2026-01-01T00:00:00Z&end_date=2026-11-01T00:00:00Z", "end_date"),
        ("start_date=2026-01-01", "start_date"),
        ("start_date=2026-13-01T00:00:00Z", "start_date"),
        (f"service_request_id={',' * 100}", "service_request_id"),
        ("kerahasiaan=rahasia", "kerahasiaan"),
    ],
)
async def test_a_wrong_parameter_is_400_and_named(client: httpx.AsyncClient, query: str, field: str) -> None:
    answer = await client.get(f"{BASE}.json?{query}")
    assert answer.status_code == 400
    assert answer.json()[0]["description"].startswith(field)


async def test_times_at_the_ends_of_the_calendar_are_no_crash(client: httpx.AsyncClient) -> None:
    for start in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00%2B14:00"):
        for name in ("start_date", "end_date"):
            assert numbers(await client.get(f"{BASE}.json?{name}={start}")) == []


async def test_xml_holds_the_same_cases(client: httpx.AsyncClient) -> None:
    answer = await client.get(f"{BASE}.xml", params=RANGE)
    root = ET.fromstring(answer.content)  # noqa: S314 - we wrote it
    assert [one.text for one in root.iterfind("request/service_request_id")] == of(*SHOWN)


async def test_when_the_index_is_away_reading_is_503_and_complaints_are_still_taken(tmp_path: Path) -> None:
    settings = load_settings(secret="s" * 64, elasticsearch_url=f"http://127.0.0.1:{free_port()}")
    with closing(IndexReader(settings)) as reader:
        async with aclosing(serve(tmp_path, settings, reader)) as served:
            client = await anext(served)
            many = [client.get(f"{BASE}.json") for _ in range(2 * WAITING)]
            form = {"service_code": "pip", "description": "x"}
            answers = await asyncio.gather(*many, client.post(f"{BASE}.json", data=form))
            assert {one.status_code for one in answers[:-1]} == {503}
            assert all(int(one.headers["retry-after"]) > 0 for one in answers[:-1])
            assert answers[-1].status_code == 200
            assert (await client.get(f"{BASE}/{complaint_id()}.xml")).status_code == 404


async def test_an_index_that_hangs_holds_up_its_readers_for_a_moment_and_complaints_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.index_reader.PATIENCE", 0.5)
    monkeypatch.setattr("consumers.search_engine._PROBE_TIMEOUT", 1.0)
    form = {"service_code": "pip", "description": "x"}
    with socket.create_server(("127.0.0.1", 0)) as hung:
        url = f"http://127.0.0.1:{hung.getsockname()[1]}"
        settings = load_settings(secret="s" * 64, elasticsearch_url=url)
        with closing(IndexReader(settings)) as reader:
            async with aclosing(serve(tmp_path, settings, reader)) as served:
                client = await anext(served)
                reading = asyncio.create_task(client.get(f"{BASE}.json"))
                assert (await client.post(f"{BASE}.json", data=form)).status_code == 200
                assert not reading.done()
                assert (await reading).status_code == 503

"""The tracking page on a real search engine: who holds number and secret sees the case and adds to it; nobody else."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from aduan.ids import receipt_secret
from aduan.settings import Settings
from aduan.tokens import Tokens
from aduan.tracking import tracking_number
from consumers.search_engine import search_client
from ops.engines.ports import free_port
from portal.index_reader import IndexReader
from portal.public import public_routes
from producers.form_keys import new_key
from producers.web import create_app
from schemas.documents import CaseDocument
from schemas.events import CaseContinued, ReporterReplied, Routing
from tests.doors import NOW, MemoryDoor, content_of
from tests.factories import (
    case_acknowledged,
    case_escalated,
    case_opened,
    case_resolved,
    complaint_id,
    reply_added,
    reporter_erased,
)
from tests.indexed_cases import case_of, index_cases

SECRET = "s" * 64


OPEN = case_of([case_opened(1, text="Kata-kata <b>saya</b>"), case_acknowledged(1), reply_added(1)])
CLOSED = case_of([case_opened(2), case_resolved(2, outcome="outside_remit")])
ONWARD = case_of(
    [
        case_opened(4),
        case_resolved(4),
        reply_added(4, 3),
        CaseContinued(
            event_id="c" * 32,
            complaint_id=complaint_id(4),
            occurred_at=NOW,
            actor="reporter",
            reply=reply_added(4, 3).event_id,
            continued_as=complaint_id(5),
        ),
    ]
)
ERASED = case_of([case_opened(3), reporter_erased(3, drop_text=True)])


class Served:
    """The whole intake over a door in memory, and the page as its reader uses it."""

    def __init__(self, folder: Path, settings: Settings, reader: IndexReader) -> None:
        self.door = MemoryDoor(folder / "door")
        with_secret = settings.model_copy(update={"secret": SecretStr(SECRET)})
        app = create_app(
            self.door.settings, self.door.door, Tokens(folder / "none"), extra=public_routes(with_secret, reader)
        )
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")

    async def show(self, case: CaseDocument, code: str | None = None, lang: str = "id") -> httpx.Response:
        form = {"nomor": case.tracking_number.lower(), "kode": code or code_of(case)}
        return await self.client.post(f"/lacak?lang={lang}", data=form)


def code_of(case: CaseDocument) -> str:
    return receipt_secret(SECRET.encode(), case.complaint_id)


@pytest.fixture(scope="module")
def indexed(shared_settings: Settings) -> Settings:
    with search_client(shared_settings) as engine:
        index_cases(shared_settings, engine, [OPEN, CLOSED, ERASED, ONWARD])
    return shared_settings


@pytest.fixture
async def served(indexed: Settings, tmp_path: Path) -> AsyncIterator[Served]:
    with closing(IndexReader(indexed)) as reader:
        made = Served(tmp_path, indexed, reader)
        yield made
        made.door.close()


async def test_number_and_secret_show_status_deadline_unit_and_own_words(served: Served) -> None:
    page = await served.show(OPEN, lang="en")
    assert page.status_code == 200
    for shown in (OPEN.tracking_number, "Staff are working on it", "Answer due by", "Kata-kata &lt;b&gt;saya", "added"):
        assert shown in page.text
    assert OPEN.replies[0].text in page.text
    assert "petugas-ult" not in page.text  # who acts for the unit is not the public's
    assert "Selesai" in (await served.show(CLOSED)).text
    assert "dihapus atas permintaan" in (await served.show(ERASED)).text


async def test_who_answered_a_closed_case_too_late_is_told_the_number_and_secret_of_what_that_became(
    served: Served,
) -> None:
    page = (await served.show(ONWARD)).text
    assert tracking_number(complaint_id(5)) in page
    assert receipt_secret(SECRET.encode(), complaint_id(5)) in page
    assert "72 jam" in page
    assert "72 jam" not in (await served.show(OPEN)).text


async def test_a_wrong_secret_and_an_unknown_number_get_the_same_answer(served: Served) -> None:
    wrong = await served.show(OPEN, code_of(CLOSED))
    unknown = await served.client.post("/lacak", data={"nomor": "ADN-0000-0000-0000-0", "kode": code_of(OPEN)})
    assert (wrong.status_code, unknown.status_code) == (403, 403)
    for page in (wrong, unknown):
        assert "tidak cocok" in page.text
        assert "Kata-kata" not in page.text


async def test_the_secret_stands_in_no_address(served: Served) -> None:
    asked = await served.client.get(f"/lacak?nomor={OPEN.tracking_number}&kode={code_of(OPEN)}")
    assert OPEN.tracking_number in asked.text
    assert code_of(OPEN) not in asked.text
    assert "no-store" in asked.headers["cache-control"]


async def test_what_is_added_is_a_sealed_reply_once_and_a_wrong_secret_adds_nothing(served: Served) -> None:
    form = {
        "nomor": OPEN.tracking_number,
        "kode": code_of(OPEN),
        "key": new_key(SECRET.encode(), NOW),
        "text": "Tambahan",
    }
    files = {"attachments": ("foto.txt", b"isi", "text/plain")}
    answers = [await served.client.post("/lacak/tambah", data=form, files=files) for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 200]
    [event] = served.door.publisher.events()
    assert isinstance(event, ReporterReplied)
    assert (event.complaint_id, len(event.attachments)) == (OPEN.complaint_id, 1)
    assert content_of(served.door.keyring, event).text == "Tambahan"
    refused = await served.client.post("/lacak/tambah", data=form | {"kode": "aaaa-aaaa-aaaa-aaaa", "text": "lain"})
    assert refused.status_code == 403
    assert len(served.door.publisher.events()) == 1


async def test_what_can_not_be_kept_stays_on_the_page(served: Served) -> None:
    served.door.publisher.away = True
    form = {"nomor": OPEN.tracking_number, "kode": code_of(OPEN), "text": "Tambahan penting"}
    page = await served.client.post("/lacak/tambah", data=form)
    assert page.status_code == 503
    assert "Tambahan penting" in page.text


async def test_without_a_search_engine_the_page_says_so_and_the_form_still_takes_complaints(
    settings: Settings, tmp_path: Path
) -> None:
    away = settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"})
    with closing(IndexReader(away)) as reader:
        served = Served(tmp_path, away, reader)
        page = await served.show(OPEN)
        assert page.status_code == 503
        assert "belum dapat ditampilkan" in page.text
        assert (await served.client.get("/lapor")).status_code == 200
        served.door.close()


async def test_who_adds_words_of_danger_is_told_at_once_whom_to_call(served: Served) -> None:
    form = {"nomor": OPEN.tracking_number, "kode": code_of(OPEN), "text": "Tolong, saya ingin bunuh diri"}
    page = await served.client.post("/lacak/tambah", data=form)
    assert page.status_code == 200
    assert 'class="urgent"' in page.text
    assert "119" in page.text
    assert 'class="urgent"' not in (await served.show(OPEN)).text


async def test_what_was_typed_is_not_lost_while_the_index_is_away(indexed: Settings, tmp_path: Path) -> None:
    away = indexed.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"})
    with closing(IndexReader(away)) as reader:
        served = Served(tmp_path, away, reader)
        form = {"nomor": OPEN.tracking_number, "kode": code_of(OPEN), "text": "Tambahan <penting>"}
        page = await served.client.post("/lacak/tambah", data=form)
        served.door.close()
    assert page.status_code == 503
    assert "Tambahan &lt;penting&gt;" in page.text
    assert code_of(OPEN) not in page.text


async def test_it_says_that_a_superior_was_told_only_when_one_was(indexed: Settings, tmp_path: Path) -> None:
    routing = Routing(unit="dinas-31", due_at=NOW - timedelta(days=9))
    late = case_of([case_opened(7, routing=routing)])
    told = case_of([case_opened(8, routing=routing), case_escalated(8, occurred_at=routing.due_at)])
    with search_client(indexed) as engine:
        index_cases(indexed, engine, [late, told])
    with closing(IndexReader(indexed)) as reader:
        served = Served(tmp_path, indexed, reader)
        pages = [(await served.show(one)).text for one in (late, told)]
        served.door.close()
    assert [("Melewati tenggat" in one, "sudah diberi tahu" in one) for one in pages] == [(True, False), (True, True)]

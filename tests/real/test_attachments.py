"""A file from the HTTP door to who may see its case, on a real search engine: sealed, cleaned, fenced, to be saved."""

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import httpx
import pytest
from elasticsearch import Elasticsearch
from PIL import ExifTags, Image
from structlog.testing import capture_logs

from aduan.acronyms import load_acronyms
from aduan.connections.publisher import Publisher
from aduan.settings import Settings
from aduan.tokens import Caller, Role, Tokens, tokens_path
from consumers import vault
from consumers.index import reporters_index
from consumers.search_engine import search_client
from portal.api import create_app as portal_app
from portal.attachments import Attachments
from portal.problems import ProblemError
from portal.search import Searcher
from producers.submission import File
from producers.web import create_app as intake_app
from schemas.documents import CaseDocument, ReporterDocument
from schemas.errors import InvalidError, SettingsError
from schemas.events import CaseOpened, Channel, ComplaintClassified, Event, ReplyAdded, ReplyClassified
from streams.steps import Decided, classify_complaints, route_complaints
from tests.doors import NOW, MemoryDoor, submission
from tests.files import SECRET, picture
from tests.indexed_cases import case_of, index_cases
from tests.serving import serving

NAME: Final = 'foto "Budi" é.jpg'
PROGRAM: Final = File("undangan.exe", "image/jpeg", b"MZ\x90\0" + bytes(300))


@dataclass
class Made:
    """Three cases: an open one with a picture and a reply with one, a confidential one, a mail with a program."""

    settings: Settings
    door: MemoryDoor
    engine: Elasticsearch
    client: httpx.Client
    files: Attachments
    open: CaseDocument
    hidden: CaseDocument
    mailed: CaseDocument

    def get(self, case: CaseDocument, blob: str, role: Role = Role.STAFF, unit: str | None = None) -> httpx.Response:
        headers = bearer_of(self.settings, role, unit)
        return self.client.get(f"/berkas/{case.complaint_id}/{blob}", headers=headers)


def bearer_of(settings: Settings, role: Role, unit: str | None) -> dict[str, str]:
    token = Tokens(tokens_path(settings)).new(f"t{token_hex(8)}", role, unit)
    return {"Authorization": f"Bearer {token}"}


def file_complaints(door: MemoryDoor) -> list[str]:
    """Ids of the open, the confidential and the mailed complaint."""
    file = {"name": NAME, "media_type": "text/html", "content_base64": base64.b64encode(picture("JPEG")).decode()}
    with serving(intake_app(door.settings, door.door, Tokens(door.settings.data_dir / "none.json"))) as client:
        receipts = []
        for more in ({}, {"kerahasiaan": "rahasia"}):
            body = {"text": "Dana PIP belum cair", "attachments": [file]} | more
            answer = client.post("/api/v1/complaints", json=body)
            assert answer.status_code == 202, answer.text
            receipts.append(answer.json())
    first = receipts[0]
    added = File("tambahan.png", "", picture("PNG"))
    door.door.reply(first["complaint_id"], first["secret"], "Ini fotonya", files=[added])
    mail = submission(channel=Channel.EMAIL, account="a@contoh.id", external_id="<m1@contoh.id>", files=(PROGRAM,))
    return [*(one["complaint_id"] for one in receipts), door.door.submit(mail).complaint_id]


def through_the_streams(door: MemoryDoor) -> list[CaseOpened | ReplyAdded]:
    """What both stages make of the door's events."""
    classified = _events(classify_complaints(door.publisher.events(), door.keyring, NOW))
    known = [event for event in classified if isinstance(event, ComplaintClassified | ReplyClassified)]
    return [event for event in _events(route_complaints(known, NOW)) if isinstance(event, CaseOpened | ReplyAdded)]


def _events(outcomes: Sequence[Decided | InvalidError]) -> list[Event]:
    decided = [one.event for one in outcomes if isinstance(one, Decided)]
    assert len(decided) == len(outcomes)
    return decided


def keep_originals(
    settings: Settings, engine: Elasticsearch, door: MemoryDoor, events: Sequence[CaseOpened | ReplyAdded]
) -> None:
    """What the indexer writes to the restricted index."""
    for event in events:
        write_original(settings, engine, str(vault.original_id(event)), vault.original(door.keyring, event))


def write_original(settings: Settings, engine: Elasticsearch, one: str, document: ReporterDocument) -> None:
    body = document.model_dump(mode="json", exclude_none=True)
    engine.index(index=reporters_index(settings), id=one, document=body)


@pytest.fixture(scope="module")
def made(shared_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    door = MemoryDoor(tmp_path_factory.mktemp("door"))
    ids = file_complaints(door)
    events = through_the_streams(door)
    cases = {one: case_of([event for event in events if event.complaint_id == one]) for one in ids}
    publisher = Publisher(shared_settings, "tests")
    with search_client(shared_settings) as engine:
        index_cases(shared_settings, engine, cases.values())
        keep_originals(shared_settings, engine, door, events)
        searcher = Searcher(shared_settings, engine, load_acronyms())
        files = Attachments(searcher, door.keyring, door.blobs)
        app = portal_app(searcher, publisher, Tokens(tokens_path(shared_settings)), files)
        with serving(app) as client:
            yield Made(shared_settings, door, engine, client, files, *(cases[one] for one in ids))
    publisher.close()
    door.close()


def test_staff_save_the_picture_without_who_made_it_and_where(made: Made) -> None:
    [shown] = made.open.attachments
    answer = made.get(made.open, shown.blob_id)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg", "by content, not the text/html that its sender claimed"
    assert int(answer.headers["content-length"]) == shown.size
    assert SECRET not in answer.content
    with Image.open(io.BytesIO(answer.content)) as kept:
        assert kept.size == (64, 48)
        assert not kept.getexif().get_ifd(ExifTags.IFD.GPSInfo)


def test_a_file_is_saved_and_never_runs(made: Made) -> None:
    headers = made.get(made.open, made.open.attachments[0].blob_id).headers
    assert headers["content-disposition"] == (
        "attachment; filename=\"foto _Budi_ _.jpg\"; filename*=UTF-8''foto%20%22Budi%22%20%C3%A9.jpg"
    )
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "private, no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_a_file_of_a_reply_opens_with_the_reply_s_own_key(made: Made) -> None:
    [shown] = made.open.replies[0].attachments
    answer = made.get(made.open, shown.blob_id)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")


def test_only_who_may_see_the_case_gets_its_files(made: Made) -> None:
    blob = made.hidden.attachments[0].blob_id
    assert made.hidden.kerahasiaan == "rahasia"
    assert made.get(made.hidden, blob, Role.STAFF, "dinas-9999").status_code == 404
    assert made.get(made.hidden, blob, Role.STAFF, None).status_code == 404
    assert made.get(made.hidden, blob, Role.ADAPTER).status_code == 403
    assert made.client.get(f"/berkas/{made.hidden.complaint_id}/{blob}").status_code == 401
    assert made.get(made.hidden, blob, Role.STAFF, made.hidden.unit).status_code == 200
    assert made.get(made.hidden, blob, Role.INSPECTOR).status_code == 200


def test_a_case_that_one_may_see_opens_no_file_of_another(made: Made) -> None:
    hidden = made.hidden.attachments[0].blob_id
    for blob in (hidden, "ab" * 16, "..%2f..%2fetc%2fpasswd", "%00", "a" * 5_000):
        assert made.get(made.open, blob).status_code == 404


def test_a_refused_file_of_a_mail_is_listed_with_its_reason_kept_sealed_and_never_served(made: Made) -> None:
    [shown] = made.mailed.attachments
    assert (shown.refused, shown.media_type) == ("type", "application/vnd.microsoft.portable-executable")
    assert len(made.door.blobs.get(shown.blob_id)) > shown.size, "sealed, for an examiner"
    answer = made.get(made.mailed, shown.blob_id, Role.ADMIN)
    assert answer.status_code == 403
    assert "type" in answer.json()["detail"]


def test_an_examiner_at_the_command_line_may_open_a_refused_file_and_staff_may_not(made: Made, tmp_path: Path) -> None:
    files = made.files
    [shown] = made.mailed.attachments
    where = tmp_path / "undangan"
    number = made.mailed.tracking_number
    with pytest.raises(ProblemError, match="refused"):
        files.save(number, shown.blob_id, Caller("petugas", Role.STAFF), where, examine=True)
    with pytest.raises(ProblemError, match="refused"):
        files.save(number, shown.blob_id, Caller("pemeriksa", Role.INSPECTOR), where)
    files.save(number, shown.blob_id, Caller("pemeriksa", Role.INSPECTOR), where, examine=True)
    assert where.read_bytes() == PROGRAM.data
    assert where.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SettingsError, match="exists"):
        files.save(number, shown.blob_id, Caller("pemeriksa", Role.INSPECTOR), where, examine=True)


def test_the_case_lists_its_files_and_never_their_names(made: Made) -> None:
    headers = bearer_of(made.settings, Role.STAFF, None)
    for case in (made.open, made.mailed):
        body = made.client.get(f"/api/v1/complaints/{case.complaint_id}", headers=headers)
        [listed] = body.json()["attachments"]
        wanted = case.attachments[0].model_dump(exclude_none=True)
        assert listed == wanted
        assert "Budi" not in body.text
        assert "undangan" not in body.text


def test_every_access_is_noted_by_token_and_ids_alone(made: Made) -> None:
    blob = made.open.attachments[0].blob_id
    with capture_logs() as logs:
        made.get(made.open, blob)
        made.get(made.open, "cd" * 16)
    served, denied = (one for one in logs if one["event"].startswith("attachment_"))
    assert (served["event"], served["case"], served["blob"]) == ("attachment_served", made.open.complaint_id, blob)
    assert served["caller"].startswith("t")
    assert (denied["event"], denied["status"]) == ("attachment_denied", 404)
    assert "Budi" not in str(logs)


def test_files_have_a_host_of_their_own_where_one_is_set(made: Made) -> None:
    with_host = made.settings.model_copy(update={"files_url": "https://berkas.contoh.example"})
    searcher = Searcher(with_host, made.engine, load_acronyms())
    publisher: Any = None  # nothing is published here
    files = Attachments(searcher, made.door.keyring, made.door.blobs)
    path = f"/berkas/{made.open.complaint_id}/{made.open.attachments[0].blob_id}"
    headers = bearer_of(made.settings, Role.STAFF, None)
    with serving(portal_app(searcher, publisher, Tokens(tokens_path(with_host)), files)) as client:
        assert client.get(path, headers=headers).status_code == 404
        on_its_host = headers | {"Host": "berkas.contoh.example"}
        assert client.get(path, headers=on_its_host).status_code == 200
        case = f"/api/v1/complaints/{made.open.complaint_id}"
        assert client.get(case, headers=headers).status_code == 200
        assert client.get(case, headers=on_its_host).status_code == 404
        assert client.get("/healthz", headers=on_its_host).status_code == 200


def test_once_its_reporter_was_erased_a_file_is_gone(made: Made) -> None:
    one, case = made.hidden.complaint_id, made.hidden
    kept = made.engine.get(index=reporters_index(made.settings), id=one)["_source"]
    write_original(made.settings, made.engine, one, vault.marker(one, case.received_at, NOW))
    assert made.get(case, case.attachments[0].blob_id, Role.INSPECTOR).status_code == 410
    write_original(made.settings, made.engine, one, ReporterDocument.model_validate(kept))
    assert made.get(case, case.attachments[0].blob_id, Role.INSPECTOR).status_code == 200

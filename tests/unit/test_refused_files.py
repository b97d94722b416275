"""Refused files at the doors: named to who can be told, never a reason to lose a mail, and never dropped in silence."""

import base64
import io
import json
import zipfile
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from aduan.file_kinds import Refusal
from aduan.privacy import unseal_blob
from aduan.tokens import Tokens
from producers.door import utc_now
from producers.files.inspected import Inspected
from producers.form_keys import new_key
from producers.mail_parsing import parse_mail
from producers.submission import FieldsError, File
from producers.web import create_app
from schemas.errors import UnavailableError
from schemas.events import Channel, ReporterReplied
from tests.doors import MemoryDoor, content_of, submission
from tests.files import picture

GOOD = File("foto.jpg", "image/jpeg", picture("JPEG"))
PROGRAM = File("rahasia-budi.jpg", "image/jpeg", b"MZ\x90\0" + bytes(300))
EXE = "application/vnd.microsoft.portable-executable"
TOLD = [Channel.WEB, Channel.COUNTER, Channel.PHONE]
NOT_TOLD = [Channel.EMAIL, Channel.SOCIAL, Channel.IMPORT]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MemoryDoor]:
    door = MemoryDoor(tmp_path, intake_form_seconds=0)
    yield door
    door.close()


@pytest.fixture
async def client(made: MemoryDoor) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(made.settings, made.door, Tokens(made.settings.data_dir / "tokens.json"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake") as opened:
        yield opened


def attachment(file: File) -> dict[str, str]:
    return {
        "name": file.name,
        "media_type": file.media_type,
        "content_base64": base64.b64encode(file.data).decode(),
    }


async def test_a_refused_file_is_named_by_number_and_type_and_nothing_is_kept(
    made: MemoryDoor, client: httpx.AsyncClient
) -> None:
    body: dict[str, Any] = {"text": "PIP belum cair", "attachments": [attachment(GOOD), attachment(PROGRAM)]}
    headers = {"Idempotency-Key": "k1"}
    answer = await client.post("/api/v1/complaints", json=body, headers=headers)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("attachments.1", "refused_type")
    assert (error["number"], error["media_type"]) == (1, EXE)
    assert "PDF" in error["message"], "what is taken is told"
    assert "budi" not in answer.text
    assert not made.publisher.records
    assert not made.blobs._blobs
    body["attachments"] = body["attachments"][:1]
    assert (await client.post("/api/v1/complaints", json=body, headers=headers)).status_code == 202, "no claim is left"


@pytest.mark.parametrize(("language", "said"), [("id", "Berkas ke-1"), ("en", "File 1")])
async def test_the_form_says_which_file_and_why_in_the_reader_s_language(
    made: MemoryDoor, client: httpx.AsyncClient, language: str, said: str
) -> None:
    key = new_key(made.settings.require_secret(), utc_now() - timedelta(seconds=60))
    sent = {"attachments": (PROGRAM.name, PROGRAM.data, "image/jpeg")}
    answer = await client.post(f"/lapor?lang={language}", data={"text": "PIP", "key": key}, files=sent)
    assert answer.status_code == 422
    assert f"{said} ({EXE})" in answer.text
    assert not made.publisher.records


@pytest.mark.parametrize("channel", TOLD)
def test_who_waits_for_the_answer_is_told(made: MemoryDoor, channel: Channel) -> None:
    with pytest.raises(FieldsError) as caught:
        made.door.submit(submission(channel=channel, files=(GOOD, PROGRAM)))
    assert [one.code for one in caught.value.errors] == ["refused_type"]
    assert not made.publisher.records


@pytest.mark.parametrize("channel", NOT_TOLD)
def test_who_can_not_be_told_loses_no_complaint_and_the_file_is_listed_as_refused(
    made: MemoryDoor, channel: Channel
) -> None:
    made.door.submit(submission(channel=channel, files=(GOOD, PROGRAM)))
    [event] = made.received()
    assert [(one.media_type, one.refused) for one in event.attachments] == [("image/jpeg", None), (EXE, "type")]
    sealed = content_of(made.keyring, event).attachments[1]
    assert sealed.name == PROGRAM.name
    assert unseal_blob(sealed.key, sealed.blob_id, made.blobs.get(sealed.blob_id)) == PROGRAM.data


def test_refused_bytes_are_not_kept_where_the_setting_says_so(tmp_path: Path) -> None:
    made = MemoryDoor(tmp_path, attachments_keep_refused=False)
    made.door.submit(submission(channel=Channel.EMAIL, files=(GOOD, PROGRAM)))
    [event] = made.received()
    good, program = event.attachments
    assert list(made.blobs._blobs) == [good.blob_id]
    assert program.refused == "type"
    made.close()


def test_a_mail_with_a_program_is_a_complaint(made: MemoryDoor) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "sari@contoh.id", "PIP", "<m1@contoh.id>"
    mail.set_content("Dana PIP belum cair")
    mail.add_attachment(PROGRAM.data, maintype="image", subtype="jpeg", filename=PROGRAM.name)
    mail.add_attachment(GOOD.data, maintype="image", subtype="jpeg", filename=GOOD.name)
    made.door.submit(parse_mail(mail.as_bytes(), account="a@contoh.id"))
    [event] = made.received()
    assert [one.refused for one in event.attachments] == ["type", None]


def test_of_a_mail_with_many_files_one_program_does_not_hide_the_others(made: MemoryDoor) -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "sari@contoh.id", "PIP", "<m2@contoh.id>"
    mail.set_content("Dana PIP belum cair")
    for number in range(14):
        data = PROGRAM.data if number == 12 else picture("PNG", size=(64, 48 + number))
        mail.add_attachment(data, maintype="image", subtype="png", filename=f"foto-{number}.png")
    made.door.submit(parse_mail(mail.as_bytes(), account="a@contoh.id"))
    [event] = made.received()
    *pictures, archive, program = event.attachments
    assert [one.media_type for one in pictures] == ["image/png"] * 9
    assert (archive.media_type, archive.refused) == ("application/zip", None)
    assert (program.media_type, program.refused) == (EXE, "type")
    sealed = content_of(made.keyring, event).attachments[9]
    kept = unseal_blob(sealed.key, sealed.blob_id, made.blobs.get(sealed.blob_id))
    assert len(zipfile.ZipFile(io.BytesIO(kept)).namelist()) == 4


def test_files_of_a_reply_are_looked_through_too(made: MemoryDoor) -> None:
    receipt = made.door.submit(submission())
    with pytest.raises(FieldsError):
        made.door.reply(receipt.complaint_id, receipt.secret, "ini", files=[PROGRAM])
    made.door.reply(receipt.complaint_id, receipt.secret, "ini", files=[GOOD])
    [reply] = [event for event in made.publisher.events() if isinstance(event, ReporterReplied)]
    [shown] = reply.attachments
    assert shown.size < len(GOOD.data), "its metadata is gone"


def test_the_same_mail_again_is_the_same_complaint_though_what_is_kept_differs_from_what_came(made: MemoryDoor) -> None:
    twice = [made.door.submit(submission(channel=Channel.EMAIL, files=(GOOD,))) for _ in range(2)]
    assert [one.duplicate for one in twice] == [False, True]


def test_a_retry_after_a_crash_keeps_the_blob_that_was_written(made: MemoryDoor) -> None:
    made.publisher.away = True
    for _ in range(2):
        with pytest.raises(UnavailableError):
            made.door.submit(submission(files=(GOOD,)))
    made.publisher.away = False
    made.door.submit(submission(files=(GOOD,)))
    assert len(made.blobs._blobs) == 1


def test_when_files_can_not_be_judged_the_door_says_no(made: MemoryDoor) -> None:
    def away(_files: Sequence[File]) -> list[Inspected]:
        raise UnavailableError("the malware scanner is away")

    made.door._inspect = away
    with pytest.raises(UnavailableError):
        made.door.submit(submission(channel=Channel.EMAIL, files=(GOOD,)))
    assert not made.publisher.records
    assert made.door.submit(submission()), "a complaint without files needs no scanner"


def test_malware_is_told_like_any_refusal(made: MemoryDoor) -> None:
    made.door._inspect = lambda files: [Inspected(one.name, "text/plain", one.data, Refusal.MALWARE) for one in files]
    with pytest.raises(FieldsError, match="malware"):
        made.door.submit(submission(files=(GOOD,)))


async def test_an_answer_is_json_that_a_client_can_read(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/complaints", json={"text": "x", "attachments": [attachment(PROGRAM)]})
    assert json.loads(answer.text)["errors"][0].keys() == {"field", "code", "message", "number", "media_type"}

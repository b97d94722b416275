"""The HTTP intake's answers: receipts, problems that name the field, limits, the form; spoken to without a socket."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from aduan.tokens import Role, Tokens
from producers.door import utc_now
from producers.form_keys import TRAP, new_key
from producers.schools import School, build, schools_path
from producers.web import create_app
from schemas.events import ComplaintReceived
from tests.doors import MemoryDoor, content_of, reporter_of
from tests.files import picture

Client = httpx.AsyncClient
JSON = {"content-type": "application/json"}
PATH = "/api/v1/complaints"


class Intake(MemoryDoor):
    """The application over a door in memory."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        given = {"meta_app_secret": "app", "meta_verify_token": "verify", "intake_form_seconds": 0}
        super().__init__(folder, **(given | settings))
        self.tokens = Tokens(folder / "tokens.json")
        app = create_app(self.settings, self.door, self.tokens)
        self.client = Client(transport=httpx.ASGITransport(app), base_url="http://intake")

    async def post(self, key: str | None = None, **body: Any) -> httpx.Response:
        headers = JSON | ({"idempotency-key": key} if key is not None else {})
        return await self.client.post(PATH, content=json.dumps({"text": "PIP belum cair"} | body), headers=headers)

    def key(self, age: float = 60.0) -> str:
        """The key of a form that was shown `age` seconds ago."""
        return new_key(self.settings.require_secret(), utc_now() - timedelta(seconds=age))

    async def send(self, **form: str) -> httpx.Response:
        """The form, as a person sends it."""
        return await self.client.post("/lapor", data={"key": self.key()} | form)

    async def webhook(self, body: object, signer: str = "app") -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        signature = "sha256=" + hmac.new(signer.encode(), raw, hashlib.sha256).hexdigest()
        return await self.client.post("/webhooks/meta", content=raw, headers={"x-hub-signature-256": signature})


@pytest.fixture
async def intake(tmp_path: Path) -> AsyncIterator[Intake]:
    made = Intake(tmp_path)
    yield made
    made.close()


def problem(response: httpx.Response, status: int) -> dict[str, str]:
    """field -> code of a problem document of that status."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    return {error["field"]: error["code"] for error in body.get("errors", [])}


class TestJson:
    async def test_a_complaint_gets_202_with_a_receipt(self, intake: Intake) -> None:
        response = await intake.post("k1", provinsi="53", kerahasiaan="anonim")
        assert response.status_code == 202
        receipt = response.json()
        assert set(receipt) == {
            "complaint_id",
            "tracking_number",
            "secret",
            "received_at",
            "urgent",
            "hotlines",
            "links",
        }
        assert (receipt["urgent"], receipt["hotlines"]) == (False, [])
        assert receipt["links"]["replies"] == f"{PATH}/{receipt['complaint_id']}/replies"
        [event] = intake.received()
        assert (event.complaint_id, event.claimed.kerahasiaan) == (receipt["complaint_id"], "anonim")

    async def test_an_urgent_one_is_told_at_once_where_help_is(self, intake: Intake) -> None:
        receipt = (await intake.post("k1", text="Anak saya mau bunuh diri karena dipukuli di sekolah")).json()
        assert receipt["urgent"] is True
        assert {"number", "id", "en"} == set(receipt["hotlines"][0])

    async def test_the_same_key_and_body_get_the_same_receipt(self, intake: Intake) -> None:
        first, again = await intake.post("k1"), await intake.post("k1")
        assert first.json() == again.json()
        assert len(intake.received()) == 1

    async def test_the_same_key_with_another_body_is_422(self, intake: Intake) -> None:
        await intake.post("k1")
        assert problem(await intake.post("k1", text="lain"), 422) == {"Idempotency-Key": "conflict"}

    async def test_without_a_key_each_request_is_a_complaint(self, intake: Intake) -> None:
        first, other = await intake.post(), await intake.post()
        assert first.json()["complaint_id"] != other.json()["complaint_id"]

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "k\t"])
    async def test_a_key_is_1_to_255_visible_characters(self, intake: Intake, key: str) -> None:
        assert problem(await intake.post(key), 422) == {"Idempotency-Key": "format"}

    async def test_fields_are_named_and_values_are_not_repeated(self, intake: Intake) -> None:
        response = await intake.post(kategori="3204085606880003", reporter={"nik": "3204085606880003"})
        assert problem(response, 422) == {"reporter.nik": "extra_forbidden"}
        assert "3204085606880003" not in response.text

    async def test_many_at_once_are_each_kept_once(self, intake: Intake) -> None:
        responses = await asyncio.gather(*(intake.post(f"k{number % 40}") for number in range(80)))
        assert {one.status_code for one in responses} == {202}
        assert len({one.json()["complaint_id"] for one in responses}) == 40
        assert len({event.complaint_id for event in intake.received()}) == 40

    async def test_one_bad_one_among_many_is_refused_alone(self, intake: Intake) -> None:
        await intake.post("k0")
        bodies = [intake.post("k0", text="lain"), *(intake.post(f"k{number}") for number in range(1, 20))]
        assert [one.status_code for one in await asyncio.gather(*bodies)] == [422] + [202] * 19

    async def test_attachments_are_sealed_and_named_only_inside(self, intake: Intake) -> None:
        sent = base64.b64encode(picture("JPEG")).decode()
        file = {"name": "bukti.jpg", "media_type": "image/jpeg", "content_base64": sent}
        assert (await intake.post(attachments=[file])).status_code == 202
        [event] = intake.received()
        assert [one.name for one in content_of(intake.keyring, event).attachments] == ["bukti.jpg"]
        assert b"bukti" not in (intake.publisher.records[0].value or b"")

    async def test_an_unknown_parameter_is_400_and_named(self, intake: Intake) -> None:
        for answer in (
            await intake.client.post(f"{PATH}?kategori=pip", json={"text": "x"}),
            await intake.client.get("/api/v1/codes?kategori=pip"),
        ):
            assert problem(answer, 400) == {"kategori": "unknown_parameter"}
        assert not intake.received()

    async def test_media_types_and_methods(self, intake: Intake) -> None:
        assert problem(await intake.client.post(PATH, content="text=x"), 415) == {}
        assert problem(await intake.client.get(PATH), 405) == {}
        assert problem(await intake.client.get("/nothing"), 404) == {}

    async def test_kafka_away_is_503_with_retry_after_and_the_retry_succeeds(self, intake: Intake) -> None:
        intake.publisher.away = True
        response = await intake.post("k1")
        problem(response, 503)
        assert int(response.headers["retry-after"]) > 0
        intake.publisher.away = False
        assert (await intake.post("k1")).status_code == 202


class TestSize:
    async def test_a_declared_size_is_refused_before_the_body_is_read(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, attachments_bytes=1_000)
        problem(await intake.post(text="x" * 3_000_000), 413)

    async def test_a_streamed_body_is_cut_off_at_the_limit(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, attachments_bytes=1_000)
        sent = 0

        async def stream() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(100):
                sent += 100_000
                yield b"x" * 100_000

        problem(await intake.client.post(PATH, content=stream(), headers=JSON), 413)
        assert not intake.received()

    async def test_too_long_a_text_is_413_and_names_the_field(self, intake: Intake) -> None:
        assert problem(await intake.post(text="x" * 300_000), 413) == {"text": "too_long"}

    async def test_a_body_that_does_not_arrive_is_408(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_body_seconds=0.2)

        async def stall() -> AsyncIterator[bytes]:
            yield b'{"text"'
            await asyncio.sleep(5)

        problem(await intake.client.post(PATH, content=stall(), headers=JSON), 408)


class TestCallers:
    async def test_an_adapter_has_an_account_and_keys_of_its_own(self, intake: Intake) -> None:
        token = intake.tokens.new("lapor-bridge", Role.ADAPTER)
        own = await intake.client.post(PATH, json={"text": "x"}, headers=self.bearer(token) | {"idempotency-key": "k"})
        public = await intake.post("k", text="lain")
        assert (own.status_code, public.status_code) == (202, 202)
        assert [event.account for event in intake.received()] == ["lapor-bridge", "web"]

    async def test_a_wrong_token_is_401(self, intake: Intake) -> None:
        response = await intake.client.post(PATH, json={"text": "x"}, headers=self.bearer("aduan_wrong"))
        problem(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"

    async def test_the_public_limit_is_429_with_retry_after_and_spares_adapters(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_rate="3/minute")
        token = intake.tokens.new("bridge", Role.ADAPTER)
        answers = [await intake.post() for _ in range(5)]
        assert [one.status_code for one in answers] == [202, 202, 202, 429, 429]
        problem(answers[-1], 429)
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        adapter = await intake.client.post(PATH, json={"text": "x"}, headers=self.bearer(token))
        assert adapter.status_code == 202

    async def test_guessing_tokens_is_limited_too(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_rate="3/minute")
        answers = [await intake.client.post(PATH, json={}, headers=self.bearer(f"t{n}")) for n in range(5)]
        assert [one.status_code for one in answers] == [401, 401, 401, 429, 429]

    @staticmethod
    def bearer(token: str) -> dict[str, str]:
        return {"authorization": f"Bearer {token}"}


class TestReplies:
    async def test_the_holder_of_the_receipt_may_add(self, intake: Intake) -> None:
        receipt = (await intake.post("k")).json()
        body = {"secret": receipt["secret"], "text": "Sudah cair."}
        assert (await intake.client.post(receipt["links"]["replies"], json=body)).status_code == 202
        assert len(intake.publisher.records) == 2

    async def test_nobody_else_may_and_is_not_told_whether_the_complaint_exists(self, intake: Intake) -> None:
        receipt = (await intake.post("k")).json()
        body = {"secret": "aaaa-bbbb-cccc-dddd", "text": "x"}
        known = await intake.client.post(receipt["links"]["replies"], json=body)
        unknown = await intake.client.post(f"{PATH}/22ebcfc7-ebcc-8743-a206-c172c4743b56/replies", json=body)
        problem(known, 403)
        assert known.content == unknown.content


class TestForm:
    def key(self, page: str) -> str:
        found = re.search(r'name="key" value="([^"]+)"', page)
        assert found is not None
        return found[1]

    @pytest.mark.parametrize(
        ("url", "accept", "language"),
        [
            ("/lapor", None, "id"),
            ("/lapor", "en-GB,en;q=0.9", "en"),
            ("/lapor", "fr", "id"),
            ("/lapor", "en;q=0.3,id;q=0.8", "id"),
            ("/lapor?lang=en", "id", "en"),
            ("/lapor?lang=xx", "q=;;,", "id"),
        ],
    )
    async def test_the_page_speaks_the_readers_language(
        self, intake: Intake, url: str, accept: str | None, language: str
    ) -> None:
        page = await intake.client.get(url, headers={"accept-language": accept} if accept else {})
        assert page.status_code == 200
        assert f'<html lang="{language}">' in page.text

    async def test_every_field_has_a_label_and_no_script_is_needed(self, intake: Intake) -> None:
        page = (await intake.client.get("/lapor")).text
        fields = set(re.findall(r'<(?:input|select|textarea)(?: type="radio")? id="([^"]+)"', page))
        assert fields == set(re.findall(r'<label for="([^"]+)"', page))
        assert {"text", "kategori", "provinsi", "attachments"} <= fields
        assert "<script" not in page

    async def test_the_style_is_the_one_that_the_policy_allows(self, intake: Intake) -> None:
        page = await intake.client.get("/lapor")
        style = re.search(r"<style>(.*?)</style>", page.text, re.DOTALL)
        assert style is not None
        digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
        assert f"'sha256-{digest}'" in page.headers["content-security-policy"]

    async def test_a_double_click_is_one_complaint_and_one_receipt(self, intake: Intake) -> None:
        key = self.key((await intake.client.get("/lapor")).text)
        form = {"key": key, "text": "PIP belum cair", "name": "Sari", "provinsi": "53", "kategori": ""}
        first, again = await asyncio.gather(*(intake.client.post("/lapor", data=form) for _ in range(2)))
        assert first.status_code == 200
        assert first.text == again.text
        assert "ADN-" in first.text
        assert len({event.complaint_id for event in intake.received()}) == 1
        reporter = reporter_of(intake.keyring, intake.received()[0])
        assert reporter is not None
        assert reporter.name == "Sari"

    async def test_files_come_with_the_form(self, intake: Intake) -> None:
        files = [("attachments", ("a.txt", b"satu", "text/plain")), ("attachments", ("b.txt", b"dua", "text/plain"))]
        response = await intake.client.post("/lapor", data={"text": "x", "key": intake.key()}, files=files)
        assert response.status_code == 200
        content = content_of(intake.keyring, intake.received()[0])
        assert [one.name for one in content.attachments] == ["a.txt", "b.txt"]

    async def test_a_wrong_field_is_told_beside_it_and_the_words_stay(self, intake: Intake) -> None:
        key = intake.key()
        form = {"text": "<b>kata saya</b>", "provinsi": "99", "key": key}
        response = await intake.client.post("/lapor?lang=en", data=form)
        assert response.status_code == 422
        assert "Choose one from the list." in response.text
        assert "&lt;b&gt;kata saya&lt;/b&gt;" in response.text
        assert self.key(response.text) == key

    async def test_when_kafka_is_away_the_words_stay_and_sending_again_is_one_complaint(self, intake: Intake) -> None:
        intake.publisher.away = True
        response = await intake.send(text="kata saya")
        assert response.status_code == 503
        assert "kata saya" in response.text
        assert "retry-after" in response.headers
        intake.publisher.away = False
        form = {"text": "kata saya", "key": self.key(response.text)}
        assert (await intake.client.post("/lapor", data=form)).status_code == 200

    async def test_a_changed_form_that_was_sent_before_gets_a_new_key(self, intake: Intake) -> None:
        key = intake.key()
        await intake.send(text="satu", key=key)
        response = await intake.send(text="dua", key=key)
        assert response.status_code == 422
        form = {"text": "dua", "key": self.key(response.text)}
        assert (await intake.client.post("/lapor", data=form)).status_code == 200
        assert len(intake.received()) == 2

    async def test_unknown_fields_and_other_bodies_are_refused(self, intake: Intake) -> None:
        assert (await intake.send(text="x", admin="1")).status_code == 422
        assert (await intake.client.post("/lapor", json={"text": "x"})).status_code == 415
        assert not intake.received()

    async def test_odd_charsets_of_a_multipart_form_are_no_crash(self, intake: Intake) -> None:
        key = intake.key().encode()
        body = (
            b'--b\r\ncontent-disposition: form-data; name="text"\r\n\r\n+2AA-\r\n'
            b'--b\r\ncontent-disposition: form-data; name="key"\r\n\r\n' + key + b"\r\n--b--\r\n"
        )
        kind = {"content-type": "multipart/form-data; boundary=b; charset=utf-7"}
        assert (await intake.client.post("/lapor", content=body, headers=kind)).status_code == 200
        assert content_of(intake.keyring, intake.received()[0]).text == "?"
        for broken in (b"", b"--b", b"x" * 100):
            assert (await intake.client.post("/lapor", content=broken, headers=kind)).status_code in {413, 422}
        for charset in ("punycode", "undefined", "idna"):
            odd = {"content-type": f"multipart/form-data; boundary=b; charset={charset}"}
            text = b'--b\r\ncontent-disposition: form-data; name="text"\r\n\r\nxn--\xff\r\n--b--\r\n'
            assert (await intake.client.post("/lapor", content=text, headers=odd)).status_code in {413, 422}


class TestFormExtras:
    @pytest.mark.parametrize("form", [{"key": "k1"}, {TRAP: "http://iklan.example"}])
    async def test_what_no_person_does_is_asked_to_send_again_and_then_taken(
        self, intake: Intake, form: dict[str, str]
    ) -> None:
        response = await intake.send(text="kata saya", **form)
        assert response.status_code == 422
        assert "sekali lagi" in response.text
        assert "kata saya" in response.text
        assert not intake.received()
        key = TestForm().key(response.text)
        assert (await intake.send(text="kata saya", key=key)).status_code == 200

    async def test_a_form_that_is_sent_faster_than_anybody_types_is_asked_again(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_form_seconds=2.0)
        assert (await intake.send(text="x", key=intake.key(age=0))).status_code == 422
        assert (await intake.send(text="x", key=intake.key(age=3))).status_code == 200
        intake.close()

    async def test_a_place_is_found_by_a_few_letters_and_chosen_without_a_script(self, intake: Intake) -> None:
        page = await intake.send(text="atap bocor", place="sidoar", cari="1")
        assert page.status_code == 200
        assert "Sidoarjo" in page.text
        assert "atap bocor" in page.text
        assert not intake.received()
        chosen = re.search(r'name="tempat" value="(r\d{4})"', page.text)
        assert chosen is not None
        assert (await intake.send(text="atap bocor", place="SDN 1", tempat=chosen[1])).status_code == 200
        [event] = intake.received()
        assert (event.claimed.provinsi, event.claimed.kabupaten) == ("35", "3515")
        assert content_of(intake.keyring, event).place.startswith("SDN 1, ")

    async def test_a_school_is_found_in_the_list_that_the_installation_has(self, intake: Intake) -> None:
        build(schools_path(intake.settings.data_dir), [School("20500001", "SDN 3 Sukamaju", "sd", "3515")])
        page = await intake.send(text="x", place="sukama", cari="1")
        assert "SDN 3 Sukamaju (NPSN 20500001)" in page.text
        await intake.send(text="x", place="sukama", tempat="s20500001")
        [event] = intake.received()
        assert event.claimed.kabupaten == "3515"
        assert "NPSN 20500001" in content_of(intake.keyring, event).place

    async def test_an_urgent_receipt_says_first_where_help_is(self, intake: Intake) -> None:
        urgent = await intake.send(text="Anak saya dipukuli gurunya sampai berdarah, tolong")
        ordinary = await intake.send(text="PIP anak saya belum cair")
        assert urgent.text.index("129") < urgent.text.index("ADN-")
        assert "129" not in ordinary.text

    async def test_every_choice_of_confidentiality_is_explained(self, intake: Intake) -> None:
        for language, words in (("id", "Hanya unit yang menangani"), ("en", "Only the unit that handles it")):
            page = (await intake.client.get(f"/lapor?lang={language}")).text
            assert page.count('name="kerahasiaan"') == 4
            assert words.lower() in page.lower()


MESSAGE = {"sender": {"id": "7"}, "recipient": {"id": "1"}, "message": {"mid": "m1", "text": "halo"}}
DELIVERY = {"object": "page", "entry": [{"id": "1", "messaging": [MESSAGE]}]}


class TestWebhook:
    async def test_a_signed_delivery_is_200_and_its_redelivery_changes_nothing(self, intake: Intake) -> None:
        answers = [await intake.webhook(DELIVERY) for _ in range(3)]
        assert [one.status_code for one in answers] == [200] * 3
        assert [event.channel.value for event in intake.received()] == ["social"]

    async def test_a_forged_one_is_401_before_it_is_parsed(self, intake: Intake) -> None:
        problem(await intake.webhook(DELIVERY, signer="other"), 401)
        problem(await intake.webhook(b"{", signer="other"), 401)
        problem(await intake.client.post("/webhooks/meta", json=DELIVERY), 401)
        assert not intake.received()

    async def test_a_signed_one_that_is_no_json_is_400(self, intake: Intake) -> None:
        problem(await intake.webhook(b"{"), 400)

    async def test_kafka_away_is_503_so_that_meta_sends_it_again(self, intake: Intake) -> None:
        intake.publisher.away = True
        problem(await intake.webhook(DELIVERY), 503)
        intake.publisher.away = False
        assert (await intake.webhook(DELIVERY)).status_code == 200

    async def test_an_edited_redelivery_is_200_and_the_first_one_wins(self, intake: Intake) -> None:
        await intake.webhook(DELIVERY)
        edited = json.loads(json.dumps(DELIVERY).replace("halo", "lain"))
        assert (await intake.webhook(edited)).status_code == 200
        assert len(intake.received()) == 1

    async def test_without_a_secret_every_call_is_refused(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, meta_app_secret="")
        problem(await intake.webhook(DELIVERY, signer=""), 401)

    @pytest.mark.parametrize(
        ("token", "mode", "status"), [("verify", "subscribe", 200), ("x", "subscribe", 403), ("verify", "no", 403)]
    )
    async def test_the_challenge_needs_the_verify_token(
        self, intake: Intake, token: str, mode: str, status: int
    ) -> None:
        query = {"hub.mode": mode, "hub.verify_token": token, "hub.challenge": "1158201444"}
        response = await intake.client.get("/webhooks/meta", params=query)
        assert response.status_code == status
        assert (response.text == "1158201444") is (status == 200)


async def test_every_answer_has_the_security_headers(intake: Intake) -> None:
    for response in (
        await intake.client.get("/lapor"),
        await intake.client.get("/nothing"),
        await intake.post(),
        await intake.client.get("/healthz"),
        await intake.client.get("/api/v1/codes"),
    ):
        headers = response.headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "default-src 'none'" in headers["content-security-policy"]


async def test_the_codes_are_those_that_a_complaint_may_carry(intake: Intake) -> None:
    codes = (await intake.client.get("/api/v1/codes")).json()
    assert len(codes["provinsi"]) == 38
    for kategori in codes["kategori"]:
        assert (await intake.post(kategori=kategori["code"])).status_code == 202
    assert all(isinstance(event, ComplaintReceived) for event in intake.received())

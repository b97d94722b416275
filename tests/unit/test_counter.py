"""The counter: who may enter, what a form must prove, what is recorded, and what the person is handed."""

import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from aduan.tokens import Role, Tokens
from producers.counter import API
from producers.web import create_app
from schemas.events import Channel
from schemas.topics import Lane
from tests.doors import MemoryDoor, content_of, reporter_of

HOST = "http://127.0.0.1"
OWN = {"origin": HOST}
URGENT = "Anak saya dipukuli gurunya sampai berdarah dan sekarang diancam akan dibunuh"


class Counter(MemoryDoor):
    """The intake over a door in memory, and a browser at its counter."""

    def __init__(self, folder: Path, base: str = HOST, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.tokens = Tokens(folder / "tokens.json")
        transport = httpx.ASGITransport(create_app(self.settings, self.door, self.tokens))
        self.client = httpx.AsyncClient(transport=transport, base_url=base)

    def token(self, role: Role = Role.CLERK, name: str = "sari", unit: str | None = "ult") -> str:
        return self.tokens.new(name, role, unit)

    async def sign_in(self, token: str | None = None, headers: Mapping[str, str] = OWN) -> httpx.Response:
        values = {"token": token if token is not None else self.token()}
        return await self.client.post("/loket/masuk", data=values, headers=dict(headers))

    async def send(self, headers: Mapping[str, str] = OWN, **values: str) -> httpx.Response:
        form = {"channel": "counter", "text": "PIP anak saya belum cair", "key": "kunci-1"} | values
        return await self.client.post("/loket", data=form, headers=dict(headers))

    async def post(self, token: str, key: str | None = "k1", **body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {token}"} | ({"idempotency-key": key} if key else {})
        sent = {"channel": "phone", "text": "PIP belum cair"} | body
        return await self.client.post(API, json=sent, headers=headers)


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    made = Counter(tmp_path)
    yield made
    await made.client.aclose()
    made.close()


class TestSigningIn:
    @pytest.mark.parametrize("role", [Role.CLERK, Role.STAFF, Role.SUPERVISOR, Role.ADMIN])
    async def test_a_clerk_and_staff_come_in_with_their_token(self, counter: Counter, role: Role) -> None:
        answer = await counter.sign_in(counter.token(role))
        assert (answer.status_code, answer.headers["location"]) == (303, "/loket?lang=id")
        page = await counter.client.get("/loket")
        assert "sari" in page.text
        assert 'name="text"' in page.text

    @pytest.mark.parametrize("role", [Role.ADAPTER, Role.INSPECTOR])
    async def test_other_roles_and_wrong_tokens_stay_outside(self, counter: Counter, role: Role) -> None:
        for token in (counter.token(role), "", "aduan_wrong"):
            answer = await counter.sign_in(token)
            assert answer.status_code == 403
            assert "set-cookie" not in answer.headers
        assert 'name="token"' in (await counter.client.get("/loket")).text

    async def test_the_cookie_is_for_the_counter_alone_and_for_no_script_or_other_site(self, counter: Counter) -> None:
        token = counter.token()
        cookie = (await counter.sign_in(token)).headers["set-cookie"]
        assert all(part in cookie for part in ("HttpOnly", "SameSite=strict", "Path=/loket"))
        assert token not in cookie

    async def test_away_from_the_machine_itself_the_cookie_goes_by_tls_only(self, tmp_path: Path) -> None:
        made = Counter(tmp_path, "https://aduan.example")
        answer = await made.sign_in(headers={"origin": "https://aduan.example"})
        assert answer.headers["set-cookie"].startswith("__Secure-loket=")
        assert "Secure" in answer.headers["set-cookie"]
        assert "sari" in (await made.client.get("/loket")).text
        made.close()

    async def test_without_tls_away_from_the_machine_there_is_no_sign_in(self, tmp_path: Path) -> None:
        made = Counter(tmp_path, "http://aduan.example")
        answer = await made.client.get("/loket")
        assert answer.status_code == 403
        assert "HTTPS" in answer.text
        made.close()

    async def test_a_revoked_token_ends_its_session_at_once(self, counter: Counter) -> None:
        await counter.sign_in()
        counter.tokens.revoke("sari")
        assert (await counter.send()).status_code == 403
        assert not counter.received()

    async def test_signing_out_forgets_the_session(self, counter: Counter) -> None:
        await counter.sign_in()
        await counter.client.post("/loket/keluar", headers=OWN)
        assert (await counter.send()).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"origin": "http://evil.example"},
            {"origin": "null"},
            {"origin": "null", "sec-fetch-site": "cross-site"},
            {"sec-fetch-site": "same-site"},
            {"origin": "http://evil.example", "sec-fetch-site": "same-origin"},
        ],
    )
    async def test_a_form_that_no_page_of_ours_sent_is_refused(self, counter: Counter, headers: dict[str, str]) -> None:
        token = counter.token()
        assert (await counter.sign_in(token, headers=headers)).status_code == 403
        await counter.sign_in(token)
        assert (await counter.send(headers)).status_code == 403
        assert (await counter.client.post("/loket/keluar", headers=headers)).status_code == 403
        assert not counter.received()


class TestTheForm:
    async def test_a_complaint_is_kept_with_its_channel_and_clerk_and_the_person_gets_number_and_secret(
        self, counter: Counter
    ) -> None:
        await counter.sign_in()
        answer = await counter.send(
            channel="phone",
            name="Budi Contoh",
            phone="081234567890",
            kategori="pip",
            provinsi="32",
            place="Kota Bandung",
        )
        assert answer.status_code == 200
        [event] = counter.received()
        assert (event.channel, event.account, event.origin.clerk) == (Channel.PHONE, "ult", "sari")
        assert (event.claimed.kategori, event.claimed.provinsi) == ("pip", "32")
        assert content_of(counter.keyring, event).place == "Kota Bandung"
        who = reporter_of(counter.keyring, event)
        assert who is not None
        assert (who.name, who.phone) == ("Budi Contoh", "081234567890")
        assert re.search(r"ADN-\w{4}-\w{4}-\w{4}-\w", answer.text)
        assert "14" in answer.text
        assert "/lacak</strong>" in answer.text
        assert "112" not in answer.text

    async def test_who_wants_no_name_gives_none_whatever_stands_in_the_fields(self, counter: Counter) -> None:
        await counter.sign_in()
        await counter.send(anonymous="1", name="Budi Contoh", phone="081234567890")
        assert counter.received()[0].sealed_reporter is None

    async def test_the_next_form_begins_with_the_channel_of_the_last_and_the_cursor_in_the_text(
        self, counter: Counter
    ) -> None:
        await counter.sign_in()
        onward = re.search(r'href="(/loket[^"]*)"', (await counter.send(channel="phone")).text)
        assert onward is not None
        page = (await counter.client.get(onward[1].replace("&amp;", "&"))).text
        assert 'value="phone" required checked' in page
        assert re.search(r"<textarea[^>]* autofocus", page)

    async def test_a_double_click_is_one_complaint(self, counter: Counter) -> None:
        await counter.sign_in()
        first, again = await counter.send(), await counter.send()
        assert first.status_code == again.status_code == 200
        assert len(counter.received()) == 1

    async def test_signs_of_danger_show_the_emergency_numbers_at_once(self, counter: Counter) -> None:
        await counter.sign_in()
        answer = await counter.send(text=URGENT)
        assert counter.received()[0].lane is Lane.URGENT
        assert "112" in answer.text
        assert answer.text.index("112") < answer.text.index("ADN-")

    async def test_what_is_wrong_is_named_and_what_was_typed_stays(self, counter: Counter) -> None:
        await counter.sign_in()
        answer = await counter.send(text=" ", channel="email", name="Budi <b>")
        assert answer.status_code == 422
        assert 'id="text-wrong"' in answer.text
        assert "Budi &lt;b&gt;" in answer.text
        assert 'value="kunci-1"' in answer.text

    async def test_when_kafka_is_away_nothing_is_lost_and_the_next_try_is_the_same_complaint(
        self, counter: Counter
    ) -> None:
        await counter.sign_in()
        counter.publisher.writes_then_fails = True
        answer = await counter.send()
        assert answer.status_code == 503
        assert "PIP anak saya belum cair" in answer.text
        counter.publisher.writes_then_fails = False
        assert (await counter.send()).status_code == 200
        assert len({event.complaint_id for event in counter.received()}) == 1

    async def test_files_come_along(self, counter: Counter) -> None:
        await counter.sign_in()
        form = {"channel": "counter", "text": "PIP belum cair", "key": "k"}
        files = {"attachments": ("bukti.txt", b"bukti pembayaran", "text/plain")}
        answer = await counter.client.post("/loket", data=form, files=files, headers=OWN)
        assert answer.status_code == 200
        assert len(counter.received()[0].attachments) == 1

    async def test_one_clerk_may_not_flood_and_another_is_not_hindered(self, tmp_path: Path) -> None:
        made = Counter(tmp_path, intake_rate_clerk="2/minute")
        await made.sign_in()
        assert [(await made.send(key=f"k{n}")).status_code for n in range(3)] == [200, 200, 429]
        await made.sign_in(made.token(name="budi"))
        assert (await made.send(key="k9")).status_code == 200
        made.close()

    async def test_the_pages_are_keyboard_first_in_both_languages_without_a_script(self, counter: Counter) -> None:
        await counter.sign_in()
        for language, words in (("id", "Simpan pengaduan"), ("en", "Save the complaint")):
            page = await counter.client.get("/loket", params={"lang": language})
            assert words in page.text
            assert page.text.count("autofocus") == 1
            assert all(f'accesskey="{key}"' in page.text for key in "tkpns")
            assert "<script" not in page.text
            assert page.headers["referrer-policy"] == "same-origin"
            assert page.headers["cache-control"] == "no-store"
            assert page.text.count("177") == 1
            labels = set(re.findall(r'<label for="(\w+)"', page.text))
            assert labels >= set(re.findall(r'<(?:input|select|textarea) id="(\w+)"', page.text))


class TestForPrograms:
    async def test_a_token_enters_and_gets_what_is_handed_over(self, counter: Counter) -> None:
        answer = await counter.post(counter.token(), text=URGENT, provinsi="31")
        assert answer.status_code == 202
        receipt = answer.json()
        assert receipt["urgent"] is True
        assert "112" in {one["number"] for one in receipt["hotlines"]}
        assert receipt["working_days"] == {"informasi": 5, "pengaduan": 14}
        assert counter.received()[0].origin.clerk == "sari"

    async def test_the_same_key_again_is_the_same_complaint_and_another_clerks_key_is_not(
        self, counter: Counter
    ) -> None:
        token = counter.token()
        first, again = await counter.post(token), await counter.post(token)
        assert again.json()["duplicate"] is True
        assert first.json()["tracking_number"] == again.json()["tracking_number"]
        other = await counter.post(counter.token(name="budi"))
        assert other.json()["tracking_number"] != first.json()["tracking_number"]

    async def test_without_a_right_token_a_key_or_a_channel_of_the_counter_it_is_refused(
        self, counter: Counter
    ) -> None:
        token = counter.token()
        assert (await counter.client.post(API, json={})).status_code == 401
        assert (await counter.post(counter.token(Role.ADAPTER, "a"))).status_code == 403
        assert (await counter.post(token, key=None)).status_code == 422
        assert (await counter.post(token, channel="email")).status_code == 422
        assert (await counter.post(token, clerk="somebody else")).status_code == 422
        assert not counter.received()

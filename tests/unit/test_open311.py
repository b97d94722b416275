"""The Open311 doors without an index: services, a request's yes and no, in JSON and in XML; without a socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest

from aduan.hotlines import hotlines
from aduan.ids import receipt_secret
from aduan.taxonomy import taxonomy
from aduan.tokens import Role, Tokens
from aduan.tracking import tracking_number
from producers.web import create_app
from tests.doors import MemoryDoor, content_of, reporter_of

BASE = "/open311/v2"
FORM = {"service_code": "pip", "description": "Dana PIP anak saya belum cair."}


class Intake(MemoryDoor):
    """The application over a door in memory."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        super().__init__(folder, **settings)
        self.tokens = Tokens(folder / "tokens.json")
        app = create_app(self.settings, self.door, self.tokens)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://intake")

    async def post(self, kind: str = "json", key: str | None = None, **changes: str) -> httpx.Response:
        headers = {} if key is None else {"idempotency-key": key}
        return await self.client.post(f"{BASE}/requests.{kind}", data=FORM | changes, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(
            f"{BASE}{path}", headers={name.replace("_", "-"): v for name, v in headers.items()}
        )


@pytest.fixture
async def intake(tmp_path: Path) -> AsyncIterator[Intake]:
    made = Intake(tmp_path)
    yield made
    made.close()


def read_xml(raw: bytes) -> ET.Element:
    """Our own answer."""
    return ET.fromstring(raw)  # noqa: S314 - we wrote it


def said(response: httpx.Response, status: int) -> str:
    """The lines of an error in JSON, after checking its shape."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    errors = response.json()
    assert all(set(one) == {"code", "description"} and one["code"] == status for one in errors)
    return "\n".join(one["description"] for one in errors)


class TestServices:
    async def test_every_category_but_what_is_no_complaint_is_a_service(self, intake: Intake) -> None:
        found = (await intake.get("/services.json")).json()
        assert [one["service_code"] for one in found] == [one for one in taxonomy().kategori if one != "bukan_aduan"]
        assert all(one["type"] == "realtime" and one["metadata"] is True for one in found)

    @pytest.mark.parametrize(
        ("path", "accept", "name"),
        [
            ("/services.json", "", "Kekerasan, perundungan & intoleransi"),
            ("/services.json", "en", "Violence, bullying & intolerance"),
            ("/services.json?locale=en", "id", "Violence, bullying & intolerance"),
        ],
    )
    async def test_names_are_in_the_language_asked_for(self, intake: Intake, path: str, accept: str, name: str) -> None:
        found = (await intake.get(path, accept_language=accept)).json()
        assert name in [one["service_name"] for one in found]

    async def test_xml_has_the_elements_of_the_standard(self, intake: Intake) -> None:
        response = await intake.get("/services.xml")
        assert response.headers["content-type"] == "text/xml; charset=utf-8"
        assert response.text.startswith("<?xml version='1.0' encoding='utf-8'?>")
        root = read_xml(response.content)
        assert (root.tag, root[0].tag, len(root)) == ("services", "service", 20)
        assert root[0].findtext("metadata") == "true"

    async def test_a_definition_lists_typed_questions(self, intake: Intake) -> None:
        found = (await intake.get("/services/pip.json")).json()
        kinds = {one["code"]: (one["datatype"], len(one["values"])) for one in found["attributes"]}
        assert kinds["npsn"] == ("string", 0)
        assert kinds["kerahasiaan"] == ("singlevaluelist", 3)
        assert kinds["provinsi"] == ("singlevaluelist", 38)
        assert kinds["kabupaten"] == ("singlevaluelist", 514)
        assert [one["order"] for one in found["attributes"]] == list(range(1, 7))
        root = read_xml((await intake.get("/services/pip.xml")).content)
        assert [one.findtext("code") for one in root.iterfind("attributes/attribute")] == list(kinds)
        assert len(root.findall("attributes/attribute/values/value")) == 3 + 38 + 514

    async def test_discovery_names_the_endpoint_and_its_formats(self, intake: Intake) -> None:
        found = (await intake.get("/discovery.json")).json()
        assert found["endpoints"][0]["url"] == "http://127.0.0.1:8080/open311/v2"
        assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]
        root = read_xml((await intake.get("/discovery.xml")).content)
        assert root.findtext("endpoints/endpoint/formats/format") == "text/xml"

    async def test_what_is_not_there_is_404_in_the_format_asked_for(self, intake: Intake) -> None:
        assert said(await intake.get("/services/bukan_aduan.json"), 404) == "service_code was not found"
        response = await intake.get("/services/none.xml")
        assert response.status_code == 404
        assert read_xml(response.content).findtext("error/code") == "404"
        assert said(await intake.get("/nothing.json"), 404)

    @pytest.mark.parametrize("query", ["page=2", "locale=fr", "locale=id&locale=id"])
    async def test_an_unknown_or_wrong_parameter_is_400_and_named(self, intake: Intake, query: str) -> None:
        assert said(await intake.get(f"/services.json?{query}"), 400).startswith(query.partition("=")[0])

    async def test_another_jurisdiction_is_404_where_one_is_set(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, open311_jurisdiction="aduan.example")
        assert (await intake.get("/services.json?jurisdiction_id=aduan.example")).status_code == 200
        assert said(await intake.get("/services.json?jurisdiction_id=city.example"), 404)
        assert said(await intake.post(jurisdiction_id="city.example"), 404)


class TestRequests:
    async def test_a_request_gets_its_tracking_number_and_the_secret_in_the_notice(self, intake: Intake) -> None:
        response = await intake.post("json", first_name="Sari", last_name="Contoh", email="sari@contoh.example")
        assert response.status_code == 200
        [created] = response.json()
        [event] = intake.received()
        assert created["service_request_id"] == tracking_number(event.complaint_id)
        assert receipt_secret(intake.settings.require_secret(), event.complaint_id) in created["service_notice"]
        assert event.claimed.kategori == "pip"
        reporter = reporter_of(intake.keyring, event)
        assert reporter is not None
        assert (reporter.name, reporter.email) == ("Sari Contoh", "sari@contoh.example")

    async def test_an_urgent_one_is_told_first_where_help_is(self, intake: Intake) -> None:
        [created] = (await intake.post(description="Anak saya mau bunuh diri karena dipukuli di sekolah")).json()
        assert created["service_notice"].startswith("Jika ada yang dalam bahaya sekarang, hubungi ")
        assert hotlines()[0].number in created["service_notice"]

    async def test_xml_says_the_same(self, intake: Intake) -> None:
        json = (await intake.post("json", key="k")).json()[0]
        root = read_xml((await intake.post("xml", key="k")).content)
        assert root.tag == "service_requests"
        assert root.findtext("request/service_request_id") == json["service_request_id"]
        assert root.findtext("request/service_notice") == json["service_notice"]

    async def test_the_same_key_is_one_request_and_another_form_under_it_is_400(self, intake: Intake) -> None:
        first, again = await intake.post(key="k"), await intake.post(key="k")
        assert first.json() == again.json()
        assert len(intake.received()) == 1
        assert said(await intake.post(key="k", description="lain"), 400).startswith("Idempotency-Key")

    async def test_a_key_here_and_the_same_key_in_json_are_two_complaints(self, intake: Intake) -> None:
        await intake.post(key="k")
        await intake.client.post("/api/v1/complaints", json={"text": "x"}, headers={"idempotency-key": "k"})
        assert len({event.complaint_id for event in intake.received()}) == 2

    async def test_places_questions_and_media_are_kept_as_words(self, intake: Intake) -> None:
        await intake.post(
            lat="-6.2",
            long="106.8",
            address_string="Jalan Contoh 1",
            address_id="20100001",
            media_url="https://contoh.example/foto.jpg",
            **{
                "attribute[sekolah]": "SDN 1 Contoh",
                "attribute[kabupaten]": "3171",
                "attribute[kerahasiaan]": "anonim",
            },
        )
        [event] = intake.received()
        content = content_of(intake.keyring, event)
        assert content.place == "SDN 1 Contoh, Jalan Contoh 1, NPSN 20100001, -6.200000, 106.800000"
        assert content.text == f"{FORM['description']}\n\nhttps://contoh.example/foto.jpg"
        assert (event.claimed.kabupaten, event.claimed.kerahasiaan) == ("3171", "anonim")

    async def test_a_unit_is_a_place_too(self, intake: Intake) -> None:
        await intake.post(address_id="bpmp-31")
        assert "BPMP" in content_of(intake.keyring, intake.received()[0]).place

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"description": ""}, "description"),
            ({"description": "x" * 4_001}, "description"),
            ({"lat": "1"}, "long"),
            ({"lat": "91", "long": "0"}, "lat"),
            ({"lat": "nan", "long": "0"}, "lat"),
            ({"address_id": "none"}, "address_id"),
            ({"media_url": "javascript:x"}, "media_url"),
            ({"attribute[npsn]": "12"}, "attribute[npsn]"),
            ({"attribute[kabupaten]": "9999"}, "attribute[kabupaten]"),
            ({"attribute[kerahasiaan]": "terbuka"}, "attribute[kerahasiaan]"),
            ({"attribute[nik]": "3204085606880003"}, "attribute[nik]"),
            ({"nik": "3204085606880003"}, "nik"),
        ],
    )
    async def test_a_wrong_field_is_400_that_names_it_and_repeats_no_value(
        self, intake: Intake, wrong: dict[str, str], field: str
    ) -> None:
        lines = said(await intake.post(**wrong), 400)
        assert lines.startswith(f"{field}: ")
        assert "3204085606880003" not in lines
        assert not intake.received()

    async def test_4000_characters_are_taken_even_when_each_is_four_bytes(self, intake: Intake) -> None:
        assert (await intake.post(description="😀" * 4_000)).status_code == 200

    async def test_empty_optional_fields_count_as_not_sent(self, intake: Intake) -> None:
        assert (await intake.post(lat="", long="", api_key="", email="", **{"attribute[npsn]": ""})).status_code == 200

    async def test_codes_forms_and_types_that_are_not_ours(self, intake: Intake) -> None:
        assert said(await intake.post(service_code="none"), 404) == "service_code was not found"
        url, form = f"{BASE}/requests.json", {"content-type": "application/x-www-form-urlencoded"}
        assert said(await intake.client.post(url, json=FORM), 415)
        assert said(await intake.client.post(url, content=b"description=%ff", headers=form), 400)
        assert said(await intake.client.post(url, content=b"lat=1&lat=2", headers=form), 400)
        assert said(await intake.client.post(url, content=b"x" * 100_001, headers=form), 413)
        assert said(await intake.client.post(f"{BASE}/services.json", data=FORM), 405)

    async def test_kafka_away_is_503_and_the_retry_succeeds(self, intake: Intake) -> None:
        intake.publisher.away = True
        response = await intake.post(key="k")
        assert said(response, 503)
        assert int(response.headers["retry-after"]) > 0
        intake.publisher.away = False
        assert (await intake.post(key="k")).status_code == 200

    async def test_a_token_leads_to_the_number_of_a_request_that_was_taken(self, intake: Intake) -> None:
        [created] = (await intake.post()).json()
        token = intake.received()[0].complaint_id
        assert (await intake.get(f"/tokens/{token}.json")).json() == [
            {"service_request_id": created["service_request_id"], "token": token}
        ]
        for unknown in ("22ebcfc7-ebcc-8743-a206-c172c4743b56", "x", "1" * 36):
            assert said(await intake.get(f"/tokens/{unknown}.json"), 404) == "token was not found"


class TestKeys:
    async def test_an_adapters_key_is_its_account(self, intake: Intake) -> None:
        token = intake.tokens.new("city-app", Role.ADAPTER)
        assert (await intake.post(api_key=token)).status_code == 200
        assert intake.received()[0].account == "city-app"

    async def test_a_wrong_key_or_one_of_another_role_is_403_and_guessing_is_limited(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_rate="3/minute")
        staff = intake.tokens.new("sari", Role.STAFF)
        keys = (staff, "aduan_wrong", "x", "y", "z")
        answers = [await intake.post(api_key=key) for key in keys]
        assert [one.status_code for one in answers] == [403, 403, 403, 429, 429]
        assert said(answers[0], 403) == "the api_key is not valid"
        assert 0 < int(answers[-1].headers["retry-after"]) <= 60
        assert not intake.received()

    async def test_a_key_may_have_a_limit_of_its_own(self, tmp_path: Path) -> None:
        intake = Intake(tmp_path, intake_rate="1/minute")
        slow = intake.tokens.new("slow", Role.ADAPTER, rate="2/minute")
        free = intake.tokens.new("free", Role.ADAPTER)
        assert [(await intake.post(api_key=slow)).status_code for _ in range(3)] == [200, 200, 429]
        assert [(await intake.post(api_key=free)).status_code for _ in range(4)] == [200] * 4
        assert [(await intake.post()).status_code for _ in range(2)] == [200, 429]

"""A clerk on the command line and at the page, against an intake on a real broker: recorded once, with the clerk."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from ops.cli import build
from ops.commands.doors import open_door
from producers.web import create_app
from schemas.errors import RefusedError, SettingsError, UnavailableError
from schemas.events import Channel, ComplaintReceived
from tests.doors import received_on_kafka
from tests.environment import environment_of
from tests.serving import serving


@pytest.fixture
def browser(topics: Settings) -> Iterator[httpx.Client]:
    """A browser at an intake on the real broker."""
    tokens = Tokens(tokens_path(topics))
    with open_door(topics, "intake") as door, serving(create_app(topics, door, tokens)) as client:
        yield client


def filed(settings: Settings, url: str, token: str, *arguments: object, stdin: str = "") -> Any:
    environment = environment_of(settings) | {"ADUAN_TOKEN": token, "ADUAN_INTAKE": url}
    done = CliRunner().invoke(build(["file"]), ["file", "--json", *map(str, arguments)], stdin, env=environment)
    if done.exception is not None:
        raise done.exception
    return json.loads(done.stdout)


def complaints(settings: Settings) -> list[ComplaintReceived]:
    return [event for event in received_on_kafka(settings) if isinstance(event, ComplaintReceived)]


def test_what_a_clerk_enters_is_recorded_once_however_often_the_command_is_repeated(
    topics: Settings, browser: httpx.Client, tmp_path: Path
) -> None:
    token, url = Tokens(tokens_path(topics)).new("sari", Role.CLERK, "ult"), str(browser.base_url)
    bukti = tmp_path / "bukti.txt"
    bukti.write_text("bukti pembayaran")
    asked = ("--channel", "phone", "--name", "Budi Contoh", "--provinsi", "32", "--attach", bukti)
    first = filed(topics, url, token, *asked, stdin="PIP anak saya belum cair")
    again = filed(topics, url, token, *asked, stdin="PIP anak saya belum cair")
    assert (first["tracking_number"], again["duplicate"]) == (again["tracking_number"], True)
    other = filed(topics, url, token, *asked, "--new", stdin="PIP anak saya belum cair")
    assert other["tracking_number"] != first["tracking_number"]
    events = complaints(topics)
    assert len(events) == 2
    assert {(one.channel, one.origin.clerk, one.account) for one in events} == {(Channel.PHONE, "sari", "ult")}
    assert len(events[0].attachments) == 1


def test_a_clerk_hears_in_one_line_what_is_wrong(topics: Settings, browser: httpx.Client) -> None:
    tokens, url = Tokens(tokens_path(topics)), str(browser.base_url)
    token = tokens.new("sari", Role.CLERK, "ult")
    with pytest.raises(RefusedError, match=r"^kategori: "):
        filed(topics, url, token, "--text", "x", "--kategori", "entah")
    with pytest.raises(RefusedError, match="may not enter complaints for others"):
        filed(topics, url, tokens.new("adaptor", Role.ADAPTER), "--text", "x")
    with pytest.raises(UnavailableError, match="repeat it"):
        filed(topics, "http://127.0.0.1:1", token, "--text", "x")
    with pytest.raises(SettingsError, match="https only"):
        filed(topics, "http://aduan.example", token, "--text", "x")
    with pytest.raises(SettingsError, match="either --anonymous or"):
        filed(topics, url, token, "--text", "x", "--anonymous", "--name", "Budi")
    assert not complaints(topics)


def test_a_complaint_entered_at_the_page_is_on_the_broker_when_the_receipt_is_shown(
    topics: Settings, browser: httpx.Client
) -> None:
    own = {"origin": str(browser.base_url).rstrip("/")}
    token = Tokens(tokens_path(topics)).new("sari", Role.STAFF, "bpmp-32")
    browser.post("/loket/masuk", data={"token": token}, headers=own)
    form = {"channel": "counter", "text": "Bagaimana cara legalisir ijazah?", "key": "k"}
    receipt = browser.post("/loket", data=form, headers=own)
    assert "ADN-" in receipt.text
    [event] = complaints(topics)
    assert (event.channel, event.origin.clerk, event.account) == (Channel.COUNTER, "sari", "bpmp-32")

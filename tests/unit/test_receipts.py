"""The receipt of a submission by Kafka is told to the adapter that submitted it, and to nobody else."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from aduan import ids
from aduan.tokens import Role
from aduan.tracking import tracking_number
from producers.web import create_app
from tests.admitting import MemoryAdmission, record


@pytest.fixture
def made(tmp_path: Path) -> Iterator[MemoryAdmission]:
    admission = MemoryAdmission(tmp_path, "contoh")
    yield admission
    admission.made.close()


@pytest.fixture
def tokens(made: MemoryAdmission) -> dict[str, str]:
    return {
        "lain": made.tokens.new("lain", Role.ADAPTER),
        "staf": made.tokens.new("staf", Role.STAFF),
        **made.secrets,
    }


async def ask(made: MemoryAdmission, token: str | None, **changes: Any) -> httpx.Response:
    names = {"external_id": "m-1", "channel": "social", "account": "halaman-1", "sender": "u-77"} | changes
    headers = {"authorization": f"Bearer {token}"} if token else {}
    transport = httpx.ASGITransport(create_app(made.made.settings, made.made.door, made.tokens))
    async with httpx.AsyncClient(transport=transport, base_url="http://intake") as client:
        return await client.post("/api/v1/receipts", json=names, headers=headers)


async def test_the_adapter_that_submitted_it_gets_number_and_secret(
    made: MemoryAdmission, tokens: dict[str, str]
) -> None:
    [answer] = made.settle(record(1))
    found = await ask(made, tokens["contoh"])
    assert found.status_code == 200
    secret = ids.receipt_secret(made.made.settings.require_secret(), answer.complaint_id)
    assert found.json() == {
        "complaint_id": answer.complaint_id,
        "tracking_number": tracking_number(answer.complaint_id),
        "secret": secret,
    }


async def test_another_adapter_gets_nothing_though_it_knows_every_name(
    made: MemoryAdmission, tokens: dict[str, str]
) -> None:
    made.settle(record(1))
    assert (await ask(made, tokens["lain"])).status_code == 404


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("x", 401), ("staf", 403)])
async def test_only_adapters_may_ask(
    made: MemoryAdmission, tokens: dict[str, str], who: str | None, status: int
) -> None:
    made.settle(record(1))
    assert (await ask(made, tokens.get(who or "", who))).status_code == status


async def test_there_is_no_receipt_before_there_is_an_admission(made: MemoryAdmission, tokens: dict[str, str]) -> None:
    assert (await ask(made, tokens["contoh"])).status_code == 404
    made.settle(record(1, text="  "))
    assert (await ask(made, tokens["contoh"])).status_code == 404


async def test_a_message_that_joined_a_case_gets_that_cases_receipt(
    made: MemoryAdmission, tokens: dict[str, str]
) -> None:
    [first] = made.settle(record(1))
    made.settle(record(2, in_reply_to=["m-1"]))
    assert (await ask(made, tokens["contoh"], external_id="m-2")).json()["complaint_id"] == first.complaint_id


async def test_a_question_with_unknown_fields_is_refused_by_name(made: MemoryAdmission, tokens: dict[str, str]) -> None:
    answer = await ask(made, tokens["contoh"], text="3204085606880003")
    assert answer.status_code == 422
    assert "3204085606880003" not in answer.text

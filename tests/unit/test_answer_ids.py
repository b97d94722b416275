"""The ids of our own answers, as each platform gives them; and that an answer to one joins its case."""

import json
from pathlib import Path
from typing import Any

import pytest

from consumers.replies.receipts import id_of_answer
from consumers.replies.sender import WAYS, Reply
from ops.answers import remembered
from producers.social.meta import read_delivery
from schemas.content import ReplyPath
from tests.doors import MemoryDoor
from tests.social_payloads import payloads, raw

BODIES: dict[str, tuple[Any, str]] = {
    "facebook": ({"recipient_id": "77", "message_id": "m_ours"}, "m_ours"),
    "instagram": ({"id": "17870913679156914"}, "17870913679156914"),
    "whatsapp": ({"messaging_product": "whatsapp", "messages": [{"id": "wamid.ours"}]}, "wamid.ours"),
    "telegram": ({"ok": True, "result": {"message_id": 9, "chat": {"id": -100, "type": "group"}}}, "-100/9"),
    "mastodon": ({"id": "115", "visibility": "direct"}, "115"),
    "x": ({"data": {"id": "186", "text": "Terima kasih"}}, "186"),
}


def test_every_platform_gives_its_answer_an_id() -> None:
    assert BODIES.keys() == WAYS.keys()
    for platform, (body, identifier) in BODIES.items():
        assert id_of_answer(platform, body) == identifier


@pytest.mark.parametrize("platform", WAYS)
@pytest.mark.parametrize("body", [None, [], {}, {"messages": []}, {"result": []}, {"id": {}}, {"data": "x"}, "id"])
def test_a_body_without_one_gives_none(platform: str, body: object) -> None:
    assert id_of_answer(platform, body) == ""


@pytest.mark.parametrize(("sender", "joins"), [("628110000001", True), ("628119999999", False)])
def test_who_answers_our_answer_joins_its_case_if_they_belong_to_it(tmp_path: Path, sender: str, joins: bool) -> None:
    door = MemoryDoor(tmp_path)
    [complaint] = read_delivery(raw("whatsapp", "text")).submissions
    receipt = door.door.submit(complaint)
    path = ReplyPath(via="whatsapp", account="106540352242922", to=complaint.sender)
    remembered(door.settings, door.claims)(Reply(path=path, text="x", key=receipt.complaint_id), "wamid.ours")
    body = payloads("whatsapp")["answer"]
    body["entry"][0]["changes"][0]["value"]["messages"][0] |= {"context": {"id": "wamid.ours"}, "from": sender}
    [answer] = read_delivery(json.dumps(body).encode()).submissions
    joined = door.door.submit(answer)
    assert (joined.complaint_id == receipt.complaint_id, joined.joined) == (joins, joins)
    door.close()


def test_a_file_that_cannot_be_written_loses_no_answer(tmp_path: Path) -> None:
    door = MemoryDoor(tmp_path)
    door.close()
    (tmp_path / "claims.sqlite").unlink(missing_ok=True)
    (tmp_path / "claims.sqlite").mkdir()
    path = ReplyPath(via="x", account="1", to="2")
    remembered(door.settings, door.claims)(Reply(path=path, text="x", key="c"), "186")

"""The mailbox reader on servers of other kinds than GreenMail: OAuth2, no IDLE, no UIDNEXT, a mail it can't read."""

import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from producers.imap_mailbox import Mailbox
from producers.imap_reader import TRIES, MailboxReader
from schemas.errors import UnavailableError
from tests.doors import MemoryDoor, content_of
from tests.imap_reading import mail
from tests.scripted_imap import ScriptedImap, scripted_imap


@pytest.fixture
def script() -> Iterator[ScriptedImap]:
    with scripted_imap(ScriptedImap(mails={uid: mail(uid) for uid in (1, 2, 5)})) as found:
        yield found


def door(folder: Path, script: ScriptedImap, **changes: Any) -> MemoryDoor:
    (folder / "token").write_text(f"{script.token}\n", encoding="ascii")
    mailbox = {"imap_host": "127.0.0.1", "imap_port": script.port, "imap_tls": "none"}
    who = {"imap_username": "ult@contoh.id", "imap_token_file": folder / "token"}
    return MemoryDoor(folder, **(mailbox | who | changes))


def test_the_token_is_read_afresh_at_each_login(script: ScriptedImap, tmp_path: Path) -> None:
    memory = door(tmp_path, script)
    with Mailbox(memory.settings) as mailbox:
        assert mailbox.open().uidnext == 6
    script.token = "diperbarui"
    with pytest.raises(UnavailableError, match="refuses the login"):
        Mailbox(memory.settings)
    (tmp_path / "token").write_text("diperbarui", encoding="ascii")
    with Mailbox(memory.settings) as mailbox:
        assert mailbox.uids(2, 5) == [2, 5]
    memory.close()


def test_a_server_without_idle_is_asked_again_and_again(script: ScriptedImap, tmp_path: Path) -> None:
    memory = door(tmp_path, script, imap_poll=1)
    reader = MailboxReader(memory.settings, memory.door)
    stop = threading.Event()
    thread = threading.Thread(target=reader.run, args=(stop,))
    thread.start()
    deadline = time.monotonic() + 10
    while len(memory.received()) < 4 and time.monotonic() < deadline:
        if len(memory.received()) == 3:
            script.mails[9] = mail(9)
        time.sleep(0.05)
    stop.set()
    thread.join(10)
    assert len(memory.received()) == 4
    assert "IDLE" not in script.commands
    memory.close()


def test_a_mail_that_the_server_cannot_read_is_set_aside_after_some_tries_and_blocks_nothing(
    script: ScriptedImap, tmp_path: Path
) -> None:
    script.broken = frozenset({2})
    memory = door(tmp_path, script)
    reader = MailboxReader(memory.settings, memory.door)
    with Mailbox(memory.settings) as mailbox:
        for _ in range(TRIES - 1):
            with pytest.raises(UnavailableError):
                reader.read_all(mailbox, threading.Event())
        reader.read_all(mailbox, threading.Event())
    assert len(memory.received()) == 2
    assert reader.state.refused == 1
    assert [flags for flags in script.flagged if "Flagged" in flags] == ["2 +FLAGS.SILENT (\\Flagged)"]
    memory.close()


def test_words_are_kept_though_a_file_is_too_large_and_a_person_is_shown_the_mail(
    script: ScriptedImap, tmp_path: Path
) -> None:
    message = EmailMessage()
    message["From"], message["Message-ID"] = "saksi@contoh.id", "<video@x>"
    message.set_content("Guru memukul murid, lihat video.")
    message.add_attachment(b"v" * 60_000, maintype="video", subtype="mp4", filename="kejadian.mp4")
    message.add_attachment(b"a,b", maintype="text", subtype="csv", filename="nama.csv")
    script.mails = {1: mail(1), 2: message.as_bytes()}
    memory = door(tmp_path, script, attachment_bytes=50_000)
    reader = MailboxReader(memory.settings, memory.door)
    with Mailbox(memory.settings) as mailbox:
        reader.read_all(mailbox, threading.Event())
    words = [content_of(memory.keyring, event) for event in memory.received()]
    [kept] = [one for one in words if "memukul" in one.text]
    assert {one.name for one in kept.attachments} == {"nama.csv", "lampiran-terlalu-besar.txt"}
    assert script.flagged == ["1 +FLAGS.SILENT (\\Seen)", "2 +FLAGS.SILENT (\\Flagged)"]
    memory.close()


def test_nothing_is_marked_before_the_yes_and_nothing_is_lost_when_the_yes_was_not_heard(
    script: ScriptedImap, tmp_path: Path
) -> None:
    memory = door(tmp_path, script)
    reader = MailboxReader(memory.settings, memory.door)
    memory.publisher.writes_then_fails = True
    with Mailbox(memory.settings) as mailbox:
        with pytest.raises(UnavailableError):
            reader.read_all(mailbox, threading.Event())
        assert script.flagged == []
        memory.publisher.writes_then_fails = False
        reader.read_all(mailbox, threading.Event())
    assert script.flagged == ["1,2,5 +FLAGS.SILENT (\\Seen)"]
    assert len({event.event_id for event in memory.received()}) == 3
    memory.close()

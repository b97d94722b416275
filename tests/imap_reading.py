"""A mailbox at the mail server of the tests, and the reader of `aduan imap` on it."""

import contextlib
import imaplib
import secrets
import smtplib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aduan.settings import Settings
from ops.commands.doors import open_door
from ops.engines.ports import LOOPBACK
from producers.imap_cursor import Cursor, CursorFile
from producers.imap_reader import MailboxReader
from tests.chosen_engines import ChosenEngines


def mailbox_settings(settings: Settings, engines: ChosenEngines, **changes: object) -> Settings:
    """Settings of a reader on a new mailbox at GreenMail, which has no TLS and takes any password."""
    mailbox = {
        "imap_host": LOOPBACK,
        "imap_port": engines.imap_port,
        "imap_tls": "none",
        "imap_username": f"kotak-{secrets.token_hex(5)}@aduan.example",
        "imap_password": Settings(imap_password="apa saja").imap_password,
    }
    return settings.model_copy(update=mailbox | changes)


def mail(number: int, text: str = "Dana PIP belum cair.", *, sender: str = "") -> bytes:
    """An invented mail; each number is another sender, subject and Message-ID."""
    sender = sender or f"pelapor{number}@contoh.id"
    head = f"From: Pelapor {number} <{sender}>\r\nSubject: PIP {number}\r\nMessage-ID: <surat-{number}@contoh.id>\r\n"
    return f"{head}\r\n{text} ({number})\r\n".encode()


def deliver(engines: ChosenEngines, settings: Settings, raws: Sequence[bytes]) -> None:
    """Send mails to the mailbox, as the world would."""
    with smtplib.SMTP(LOOPBACK, engines.smtp_port, timeout=20) as server:
        for raw in raws:
            server.sendmail("seseorang@contoh.id", [settings.imap_username], raw)


@contextmanager
def mailbox_of(settings: Settings, engines: ChosenEngines) -> Iterator[imaplib.IMAP4]:
    """A second client of the mailbox, as a person's mail program."""
    with imaplib.IMAP4(LOOPBACK, engines.imap_port, timeout=20) as client:
        client.login(settings.imap_username, "apa saja")
        yield client


def flagged(settings: Settings, engines: ChosenEngines, criterion: str, folder: str = "INBOX") -> int:
    """How many mails of a folder match, e.g. SEEN, UNSEEN or FLAGGED."""
    with mailbox_of(settings, engines) as client:
        client.select(folder, readonly=True)
        return len(client.search(None, criterion)[1][0].split())


def cursor_of(settings: Settings) -> Cursor:
    """How far the reader has come, as it is on disk."""
    return CursorFile.of(settings).load()


@contextmanager
def reading(settings: Settings) -> Iterator[MailboxReader]:
    """The reader of `aduan imap` with the real door, in a thread, while the block runs."""
    stop = threading.Event()
    with open_door(settings, "imap") as door, contextlib.ExitStack() as stack:
        reader = MailboxReader(settings, door)
        thread = threading.Thread(target=reader.run, args=(stop,))
        stack.callback(thread.join, 30)
        stack.callback(stop.set)
        thread.start()
        yield reader

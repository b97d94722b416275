"""What the mail server of the tests took: GreenMail, read by IMAP (any password opens a mailbox that got mail)."""

import email
import imaplib
import time
from email.message import Message

from tests.chosen_engines import ChosenEngines


def mails_to(engines: ChosenEngines, address: str) -> list[Message]:
    """All mails that an address got, oldest first."""
    with imaplib.IMAP4("127.0.0.1", engines.imap_port, timeout=10) as imap:
        imap.login(address, "any")
        imap.select("INBOX", readonly=True)
        numbers = imap.search(None, "ALL")[1][0].split()
        found = [imap.fetch(number, "(RFC822)")[1][0] for number in numbers]
    return [email.message_from_bytes(part[1]) for part in found if isinstance(part, tuple)]


def wait_for_mail(engines: ChosenEngines, address: str, message_id: str, *, within: float = 20.0) -> bool:
    """Whether the mail with that Message-ID came in time; other tests may share the mailbox."""
    deadline = time.monotonic() + within
    while not any(mail["Message-ID"] == message_id for mail in mails_to(engines, address)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def wait_for_mails(engines: ChosenEngines, address: str, count: int = 1, *, within: float = 20.0) -> list[Message]:
    """The mails of an address as soon as there are so many; all there are when time is up."""
    deadline = time.monotonic() + within
    while True:
        found = mails_to(engines, address)
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.1)

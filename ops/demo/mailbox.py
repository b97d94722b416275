"""Some of the demo's mails arrive in a mailbox at the mail server, where `aduan imap` finds them."""

import smtplib
import time
from collections.abc import Sequence
from email.message import Message
from typing import Final

from imapclient import IMAPClient

from aduan.settings import Settings

_READ_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.5
_SAMPLE: Final = "X-Aduan-Sample"
_SEEN: Final = b"\\Seen"


def deliver(settings: Settings, messages: Sequence[Message]) -> None:
    """Hand them to the mail server. It takes no empty envelope sender, which delivery reports have."""
    with smtplib.SMTP(settings.mail_out_host, settings.mail_out_port, timeout=30) as server:
        for message in messages:
            server.sendmail("pengirim@contoh.id", [settings.imap_username], message.as_bytes())


def read_by_aduan(settings: Settings, count: int) -> set[str]:
    """Ids of the samples that were marked as seen, which is the mailbox reader's yes; returns when all are."""
    deadline = time.monotonic() + _READ_SECONDS
    with IMAPClient(settings.imap_host, settings.imap_port, ssl=False, timeout=30) as client:
        client.login(settings.imap_username, settings.imap_password.get_secret_value())
        while True:
            client.select_folder(settings.imap_folder, readonly=True)
            seen = [uid for uid, flags in client.get_flags(client.search()).items() if _SEEN in flags]
            if len(seen) >= count or time.monotonic() > deadline:
                return _samples(client, seen)
            time.sleep(_LOOK_SECONDS)


def _samples(client: IMAPClient, uids: Sequence[int]) -> set[str]:
    wanted = f"BODY.PEEK[HEADER.FIELDS ({_SAMPLE})]"
    heads = [value for one in client.fetch(uids, [wanted]).values() for value in one.values()]
    return {head.partition(b":")[2].strip().decode() for head in heads if isinstance(head, bytes) and b":" in head}

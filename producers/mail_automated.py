"""Whether nobody wrote a mail by hand: such mail is kept, and never answered (RFC 3834, and the customs before it)."""

from collections.abc import Set
from email.message import Message
from typing import Final

from producers.mail_headers import author, content_type, header

_BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_ROBOTS: Final = frozenset({"mailer-daemon", "mail-daemon"})
_SIGNS: Final = ("x-autoreply", "x-autorespond", "x-failed-recipients")
"""Headers of auto-replies, and of delivery reports that are no multipart/report."""


def is_automated(message: Message, envelope_from: str | None, own: Set[str] = frozenset()) -> bool:
    """Whether it is an auto-reply, a delivery report, bulk mail, or from one of `own`, our own mailboxes."""
    submitted = header(message, "auto-submitted").partition(";")[0].strip().lower()
    address = author(message)[1].lower()
    return (
        submitted not in {"", "no"}
        or envelope_from == ""
        or header(message, "return-path").strip() == "<>"
        or header(message, "precedence").strip().lower() in _BULK
        or any(sign in message for sign in _SIGNS)
        or content_type(message) == "multipart/report"
        or address.partition("@")[0] in _ROBOTS
        or address in own
        or (envelope_from or "").lower() in own
    )

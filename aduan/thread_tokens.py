"""Message-IDs of our own mails that prove which case an answer belongs to.

`<aduan.{complaint id}.{token}@{domain}>`: a mail program quotes it in In-Reply-To and References, and nobody who did
not get our mail can make the token. Deterministic, so that a mail that is sent twice is recognisably one (guarantee 3).
"""

import hmac
import re
from typing import Final

from aduan.ids import thread_token

_OURS: Final = re.compile(
    r"<?aduan\.(?P<complaint>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?P<token>[a-z2-7]{16})@"
)


def thread_message_id(secret: bytes, complaint_id: str, domain: str) -> str:
    """Message-ID of the acknowledgement of a complaint."""
    return f"<aduan.{complaint_id}.{thread_token(secret, complaint_id)}@{domain}>"


def complaint_of(secret: bytes, message_id: str) -> str | None:
    """The complaint whose acknowledgement has this Message-ID; None if it is none of ours or its token is wrong."""
    found = _OURS.match(message_id.strip())
    if found is None:
        return None
    right = thread_token(secret, found["complaint"])
    return found["complaint"] if hmac.compare_digest(right, found["token"]) else None

"""The receipt of what an adapter submitted by Kafka: its secret can't stand on complaints.admissions."""

from typing import NamedTuple

from aduan import ids
from aduan.tracking import tracking_number
from producers.claims import Claims
from producers.conversations import Conversations
from schemas.events import Channel


class Known(NamedTuple):
    """What is told of an admitted submission."""

    complaint_id: str
    tracking_number: str
    secret: str


class Receipts:
    """Finds receipts by what a submission was named; as thread-safe as the claims."""

    def __init__(self, secret: bytes, claims: Claims) -> None:
        self._secret = secret
        self._claims = claims
        self._conversations = Conversations(claims)

    def find(self, *, channel: Channel, account: str, sender: str, external_id: str) -> Known | None:
        """The receipt, of the case that it joined if it joined one; None when none was given within 30 days.

        Raises UnavailableError as the door does.
        """
        own_id = ids.complaint_id(
            self._secret, channel=channel.value, account=account, sender=sender, external_id=external_id
        )
        if not self._claims.is_accepted(ids.claim_key(self._secret, own_id)):
            return None
        itself = ids.name_key(self._secret, "itself", own_id)
        found = self._conversations.find([itself], "").get(itself)
        complaint_id = found.complaint_id if found else own_id
        return Known(complaint_id, tracking_number(complaint_id), ids.receipt_secret(self._secret, complaint_id))

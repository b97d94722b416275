"""Tells the doors by which id an answer of ours on social media is named, so that an answer to it joins its case."""

from collections.abc import Callable

import structlog

from aduan.settings import Settings
from consumers.replies.sender import Reply
from producers.claims import Claims
from producers.conversations import Conversations
from producers.door import utc_now
from producers.threading_rules import heard_answer
from schemas.errors import UnavailableError
from schemas.events import Channel

_log = structlog.get_logger(__name__)


def remembered(settings: Settings, claims: Claims) -> Callable[[Reply, str], None]:
    """What the notifier calls for each answer that a platform took. `claims` is the file that the doors share.

    Where that can't be written the answer stands all the same: an answer to it is then a complaint of its own.
    """
    secret, conversations = settings.require_secret(), Conversations(claims)

    def remember(reply: Reply, identifier: str) -> None:
        if not identifier:
            return
        heard = heard_answer(secret, reply.key, Channel.SOCIAL, f"{reply.path.via}:{identifier}")
        try:
            conversations.remember([heard], utc_now())
        except UnavailableError as error:
            _log.warning("answer_not_remembered", why=str(error))

    return remember

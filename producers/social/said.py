"""What somebody said on a platform, as a submission: the part that all platforms share."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from aduan.reply_paths import under
from aduan.tracking import parse_tracking_number
from producers.social.reading import digest
from producers.submission import Submission, Thread
from schemas.content import ReplyPath, Reporter
from schemas.events import Channel, Origin, ReplyKind

SOURCE: Final = "/producers/social/"
_LONGEST_ID: Final = 450
_MOST_REFS: Final = 20
_QUOTED: Final = 4_000
"""Characters of an answered message in which a tracking number is looked for."""


@dataclass(slots=True)
class Delivery:
    """One webhook call or page: its complaints, and how many of what kind were no complaint."""

    submissions: list[Submission] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)

    def take(self, found: Submission | str) -> None:
        """Add a submission, or count the kind of what is none."""
        if isinstance(found, str):
            self.ignored[found] += 1
        else:
            self.submissions.append(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message or post of somebody else, in its platform's own ids."""

    platform: str
    account: str
    """Page, number or bot of ours that it was said to."""
    sender: str
    id: str
    """Of the message; of an edit or deletion, the id of what was edited or deleted."""
    text: str
    kind: ReplyKind = ReplyKind.REPLY
    version: str = ""
    """What tells one edit of a message from another; a redelivery repeats it."""
    answers: tuple[str, ...] = ()
    """Ids of the messages that it answers; the nearest is the last."""
    group: str = ""
    """What messages that were sent together share, such as the pictures of one album."""
    quoted: str = ""
    """Text of ours that it answers, which may hold a tracking number."""
    public: bool = False
    title: str = ""
    name: str = ""
    handle: str = ""
    phone: str = ""
    reply_to: str = ""
    """How its sender is addressed in an answer; their id unless given."""
    sent_at: datetime | None = None
    automated: bool = False


def heard(said: Said) -> Submission | str:
    """The submission, or `empty` for what says nothing, as a sticker or an unknown kind of file does."""
    if not said.text.strip() and said.kind is not ReplyKind.DELETION:
        return "empty"
    own = said.id
    if not 0 < len(own) <= _LONGEST_ID:  # never lost for want of an id: what it says and when is its id then
        when = said.sent_at.isoformat() if said.sent_at else ""
        own = "digest:" + digest(said.id, said.text, when)
    return Submission(
        channel=Channel.SOCIAL,
        account=f"{said.platform}:{said.account}"[:200],
        source=SOURCE + said.platform,
        sender=said.sender[:_LONGEST_ID],
        external_id=own + _suffix(said),
        title=said.title,
        text=said.text,
        reporter=_reporter(said, own),
        sent_at=said.sent_at,
        automated=said.automated,
        origin=Origin(public=said.public),
        thread=_thread(said, own),
    )


def _suffix(said: Said) -> str:
    if said.kind is ReplyKind.REPLY:
        return ""
    return "#deleted" if said.kind is ReplyKind.DELETION else f"#edit:{said.version or digest(said.text)}"[:50]


def _thread(said: Said, own: str) -> Thread:
    """It names itself too: an edit may come before the message that it edits."""
    named = (*said.answers[-_MOST_REFS:], said.group, own)
    refs = tuple(f"{said.platform}:{one}" for one in dict.fromkeys(named) if 0 < len(one) <= _LONGEST_ID)
    kept = () if said.kind is ReplyKind.DELETION else (own, said.group)
    return Thread(
        own=tuple(f"{said.platform}:{one}" for one in kept if one),
        refs=refs,
        tracking=parse_tracking_number(said.text[:_QUOTED]) or parse_tracking_number(said.quoted[:_QUOTED]) or "",
        kind=said.kind,
    )


def _reporter(said: Said, own: str) -> Reporter | None:
    if not said.sender:
        return None
    return Reporter(
        name=said.name[:200] or None,
        handle=said.handle[:200] or None,
        phone=said.phone[:40] or None,
        external_id=f"{said.platform}:{said.sender}"[:500],
        reply=ReplyPath(
            via=said.platform,
            account=said.account[:200],
            to=(said.reply_to or said.sender)[:500],
            ref=under(own) if said.public else own,
        ),
    )

"""What a reporter is told when their case is open, and by which way: the tracking number, once, never to a machine.

Pure. Words stand in `aduan/data/acknowledgement.yaml`. An answer never repeats the complaint, nor says what it is
about: mailboxes and timelines are read by others. The secret goes only where nobody else reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from string import Template
from typing import Final

from aduan.datafiles import load_yaml
from aduan.dates import in_words
from aduan.file_kinds import file_kinds
from aduan.hotlines import hotlines
from aduan.ids import receipt_secret
from aduan.masking import REPLACEMENTS
from aduan.thread_tokens import thread_message_id
from aduan.units import load_units
from schemas.content import ReplyPath, Reporter
from schemas.errors import SettingsError
from schemas.events import CaseOpened, Channel
from schemas.topics import Lane

FILE: Final = "acknowledgement.yaml"
MAIL: Final = "mail"
_URGENT: Final = "darurat"
_PARTS: Final = {
    "subject": {"number"},
    "private": {"number", "secret", "link", "due"},
    "mail_only": set[str](),
    "public": {"number", "due"},
    "move_private": {"number", "form"},
    "urgent": set[str](),
    "urgent_line": {"line", "phone"},
    "nobody_waits": set[str](),
    "refused": set[str](),
    "refused_line": {"file", "type", "reason"},
}
_UNFOLDED: Final = SMTP.clone(max_line_length=900)
"""Some mail programs lose a Message-ID that is folded, and with it the thread."""
_ADDRESS: Final = re.compile(r"[^\s@\"(),:;<>\[\]\\]{1,64}@[^\W_]+(?:[.-]+[^\W_]+)*")
_LONGEST_ADDRESS: Final = 254
_NOT_OURS_TO_ANSWER: Final = {Channel.IMPORT}
"""SP4N-LAPOR! answers its own reporters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One acknowledgement: which way, what it says, and the subject that a mail has."""

    path: ReplyPath
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Answering:
    """What an answer depends on beside its case."""

    secret: bytes
    public_url: str
    sender: str
    """Address that mails come from when the complaint came by no mailbox of ours."""
    mailbox: str
    """A mailbox of ours that is read: where answers to such a mail go."""
    longest_wait: timedelta
    """A case that was received longer ago is not acknowledged: a new installation must not write to old reporters."""


def why_silent(event: CaseOpened, now: datetime, longest_wait: timedelta) -> str | None:
    """Why this case is not acknowledged at all, before anything is unsealed; None when it may be."""
    if event.automated:
        return "automated"
    if event.channel in _NOT_OURS_TO_ANSWER:
        return "imported"
    if event.sealed_reporter is None:
        return "anonymous"
    if now - event.received_at > longest_wait:
        return "too_old"
    return None


def way_to(reporter: Reporter, answering: Answering) -> ReplyPath | None:
    """How to reach the reporter: by the channel it came by, else by the address that was given; else None."""
    path = reporter.reply
    if path is not None and (path.via != MAIL or is_address(path.to)):
        return path
    address = (reporter.email or "").strip()
    if not is_address(address):
        return None
    return ReplyPath(via=MAIL, account=path.account if path else answering.sender, to=address)


def is_address(text: str) -> bool:
    """Whether a mail can be sent to exactly this: one plain address, as people type it into a form.

    Stricter than RFC 5322: quoted names, groups, comments and encoded words would be another recipient, or none.
    """
    misread = text.startswith(".") or ".@" in text or ".." in text or "=?" in text
    return len(text) <= _LONGEST_ADDRESS and text.isprintable() and not misread and _ADDRESS.fullmatch(text) is not None


def acknowledge(event: CaseOpened, path: ReplyPath, answering: Answering) -> Answer:
    """The answer to an opened case, in the language of the complaint."""
    language = "en" if event.classification.language == "en" else "id"
    words, number = _words()[language], event.tracking_number
    zone = load_units().zone(event.routing.unit)
    values = {
        "number": number,
        "secret": receipt_secret(answering.secret, event.complaint_id),
        "link": f"{answering.public_url.rstrip('/')}/lacak?nomor={number}",
        "form": f"{answering.public_url.rstrip('/')}/lapor",
        "due": in_words(event.routing.due_at, zone, language),
    }
    if not event.origin.public:
        parts = [words["private"], words["mail_only"] if path.via == MAIL else ""]
    elif any(token in f"{event.title} {event.text}" for token in REPLACEMENTS.values()):
        parts = [words["move_private"]]
    else:
        parts = [words["public"]]
    text = Template("".join(parts)).substitute(values)
    if not event.origin.public:
        text += _refused(words, event, language)
    if event.lane is Lane.URGENT or event.classification.prioritas == _URGENT:
        text = f"{_urgent(words, event, language)}\n{text}"
    return Answer(path, Template(words["subject"]).substitute(values).strip(), text.strip() + "\n")


def mail_of(answer: Answer, event: CaseOpened, answering: Answering) -> EmailMessage:
    """The answer as a mail that no machine answers again (RFC 3834); the same case always gives the same one."""
    message = EmailMessage(policy=_UNFOLDED)
    message["From"] = answer.path.account or answering.sender
    message["To"] = answer.path.to
    message["Subject"] = answer.subject
    message["Date"] = format_datetime(event.occurred_at)
    message["Message-ID"] = acknowledgement_id(event.complaint_id, answering)
    if not answer.path.ref and message["From"] != answering.mailbox:
        message["Reply-To"] = answering.mailbox
    if answer.path.ref and answer.path.ref.isascii() and answer.path.ref.isprintable():
        message["In-Reply-To"] = answer.path.ref
        message["References"] = answer.path.ref
    message["Auto-Submitted"] = "auto-replied"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(answer.text)
    return message


def acknowledgement_id(complaint_id: str, answering: Answering) -> str:
    """Message-ID of an acknowledgement; who answers it proves by it which case is meant."""
    return thread_message_id(answering.secret, complaint_id, answering.sender.rpartition("@")[2])


def _urgent(words: Mapping[str, str], event: CaseOpened, language: str) -> str:
    classes = event.classification
    line = Template(words["urgent_line"])
    lines = [
        line.substitute(line=one.words(language), phone=one.number)
        for one in hotlines(classes.kabupaten, classes.provinsi)
    ]
    told = ["", words["nobody_waits"].strip()] if classes.prioritas == _URGENT else []
    return "\n".join([words["urgent"].strip(), *lines, *told, ""])


def _refused(words: Mapping[str, str], event: CaseOpened, language: str) -> str:
    """The files that were not taken, by number and type: names may be read by others."""
    reasons = {reason.value: said[language] for reason, said in file_kinds().reasons.items()}
    line = Template(words["refused_line"])
    lines = [
        line.substitute(file=number, type=file.media_type, reason=reasons.get(file.refused, file.refused))
        for number, file in enumerate(event.attachments, 1)
        if file.refused is not None
    ]
    return "\n".join(["", words["refused"].strip(), *lines, ""]) if lines else ""


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    raw = load_yaml(FILE)
    for language in ("id", "en"):
        given = raw.get(language)
        if not isinstance(given, dict) or set(given) != set(_PARTS):
            raise SettingsError(f"aduan/data/{FILE}, {language}: must have exactly {', '.join(_PARTS)}")
        for part, names in _PARTS.items():
            template = Template(str(given[part]))
            if not template.is_valid() or not set(template.get_identifiers()) <= names:
                allowed = ", ".join(sorted(names)) or "none"
                raise SettingsError(f"aduan/data/{FILE}, {language}.{part}: after a $ may stand: {allowed}")
    return raw

"""The mail of an escalation: who, how urgent, by when, where to open it. Never what was said, nor by whom. Pure.

The Message-ID derives from the event's id, so that a mail that had to be sent twice is recognised (guarantee 3).
"""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from string import Template
from typing import Final
from zoneinfo import ZoneInfo

from aduan.datafiles import load_text
from aduan.dates import in_english, in_indonesian
from aduan.tracking import tracking_number
from schemas.errors import SettingsError
from schemas.events import CaseEscalated, EscalationCause

FILE: Final = "mail_escalation.txt"
_CAUSES: Final = {
    EscalationCause.URGENT: ("kasus darurat", "an urgent case"),
    EscalationCause.UNACKNOWLEDGED: ("kasus darurat yang belum ditangani siapa pun", "an urgent case nobody has taken"),
    EscalationCause.OVERDUE: ("melewati tenggat", "past its deadline"),
    EscalationCause.MISSED: ("kasus darurat yang terlewat", "an urgent case that was missed"),
}


def escalation_mail(event: CaseEscalated, *, to: str, sender: str, zone: ZoneInfo, portal_url: str) -> EmailMessage:
    """The mail for one escalation; the same event always gives the same mail. Times in the unit's `zone`."""
    number = tracking_number(event.complaint_id)
    cause_id, cause_en = _CAUSES[event.cause]
    subject, _, text = _template().partition("\n")
    values = {
        "urgency_id": "Terlambat" if event.cause is EscalationCause.OVERDUE else "DARURAT",
        "tracking_number": number,
        "level": str(event.level),
        "cause_id": cause_id,
        "cause_en": cause_en,
        "due_id": in_indonesian(event.due_at, zone) if event.due_at else "lihat kasus",
        "due_en": in_english(event.due_at, zone) if event.due_at else "see the case",
        "link": f"{portal_url.rstrip('/')}/cases/{number}",
    }
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = Template(subject).substitute(values)
    message["Date"] = format_datetime(event.occurred_at)
    message["Message-ID"] = message_id(event, sender)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(Template(text.lstrip("\n")).substitute(values))
    return message


def message_id(event: CaseEscalated, sender: str) -> str:
    """Message-ID of an escalation's mail: always the same for the same event."""
    return f"<escalation.{event.event_id}@{sender.rpartition('@')[2]}>"


@cache
def _template() -> str:
    text = load_text(FILE)
    try:
        known = set(Template(text).get_identifiers())
    except ValueError:
        known = {"$"}
    needed = {"urgency_id", "tracking_number", "level", "cause_id", "cause_en", "due_id", "due_en", "link"}
    if not known <= needed or not Template(text).is_valid():
        raise SettingsError(f"aduan/data/{FILE}: only these may follow a $: {', '.join(sorted(needed))}")
    return text

"""Making escalations known: the event on the log of cases first, then a mail to the contact. Thread-safe.

Shared by the escalator's event path and its sweep. The event's id and the mail's Message-ID derive from case and level,
so that an escalation that was decided twice is one event of the case and one recognisable mail.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from email.message import EmailMessage
from typing import Final, NamedTuple

import structlog

from aduan.accused import contacts_of
from aduan.connections.publisher import Publisher, Record
from aduan.escalation_mail import escalation_mail
from aduan.settings import Settings
from aduan.units import LAST_RESORT, Contact, Units
from consumers.outbox import Outbox
from schemas.codec import encode
from schemas.events import CaseEscalated, EscalationCause

_log = structlog.get_logger(__name__)
SOURCE: Final = "/consumers/escalator"
_REMEMBERED: Final = 20_000


class Escalation(NamedTuple):
    """An escalation to make known, and the partition of its case; None: let the key choose."""

    event: CaseEscalated
    partition: int | None


class RecentIds:
    """The last ids added, a bounded number of them; saves repeats, and nothing depends on it. Thread-safe."""

    def __init__(self, size: int = _REMEMBERED) -> None:
        self._size = size
        self._ids: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, key: str) -> None:
        """Remember this one, and forget the oldest when there are too many."""
        with self._lock:
            self._ids[key] = None
            self._ids.move_to_end(key)
            if len(self._ids) > self._size:
                self._ids.popitem(last=False)

    def __contains__(self, key: str) -> bool:
        with self._lock:
            return key in self._ids


class Announcer:
    """Appends escalations to the log and hands their mails to the outbox."""

    def __init__(self, settings: Settings, *, publisher: Publisher, outbox: Outbox, units: Units) -> None:
        self._settings = settings
        self._publisher = publisher
        self._outbox = outbox
        self._units = units
        self._appended = RecentIds()
        self._settled = RecentIds()

    def announce(self, escalations: Sequence[Escalation]) -> int:
        """Append those that this process has not appended yet, then send their mails; returns their number.

        When it returns, the events are on the log; a mail that is not sent yet is sent from there after a kill. Raises
        UnavailableError when Kafka is away: nothing is promised, call again.
        """
        fresh = {one.event.event_id: one for one in escalations if one.event.event_id not in self._appended}
        if not fresh:
            return 0
        self._publisher.publish([self._record(one) for one in fresh.values()])
        for one in fresh.values():
            event = one.event
            self._appended.add(event.event_id)
            _log.info("escalated", case=event.complaint_id, level=event.level, cause=event.cause.value, unit=event.unit)
            self.send(event)
        return len(fresh)

    def send(self, event: CaseEscalated) -> bool:
        """Put the mail of an escalation in the outbox; False when this process has settled it already."""
        if event.event_id in self._settled:
            return False
        self._outbox.put(event.event_id, self._mail(event).as_bytes(), urgent=event.cause is EscalationCause.URGENT)
        return True

    @property
    def mails_waiting(self) -> int:
        """Mails that the server has not taken or refused yet."""
        return len(self._outbox)

    def settle(self, event_id: str) -> None:
        """The mail of that escalation was taken by the server, or refused and passed on: not sent again from here."""
        self._settled.add(event_id)

    def contacts(self, unit: str, accused: Sequence[str]) -> tuple[str, ...]:
        """Codes of the contacts of a unit, nearest first, without those of the accused."""
        return tuple(contact.code for contact in contacts_of(self._units, unit, accused))

    def _mail(self, event: CaseEscalated) -> EmailMessage:
        return escalation_mail(
            event,
            to=self._contact(event).address,
            sender=self._settings.mail_from,
            zone=self._units.zone(event.unit),
            portal_url=self._settings.portal_url,
        )

    def _contact(self, event: CaseEscalated) -> Contact:
        """The contact that the event names; where the units file has changed since, the last of the unit's chain."""
        chain = (*self._units.chain(event.unit), *self._units.chain(LAST_RESORT))
        return next((contact for contact in chain if contact.code == event.contact), chain[-1])

    def _record(self, one: Escalation) -> Record:
        key, value, headers = encode(one.event, source=SOURCE)
        return Record(self._settings.topics.cases, key, value, headers, one.partition)

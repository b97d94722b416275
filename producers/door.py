"""The one door of every channel: validate, claim, seal, triage, publish; only then a receipt. Guarantees 1, 2 and 9.

The order matters. A claim comes first, so that another body under the same key is refused before anything is kept.
Attachments are on disk before the event names them. Kafka acknowledges before the claim is marked, and the claim is
marked before anybody is told yes: a crash in between leaves a pending claim, which a retry publishes again, harmlessly.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

import structlog
from prometheus_client import Counter

from aduan import ids
from aduan.connections.publisher import Record
from aduan.keyring import Keyring, SealingKey
from aduan.lanes import choose_lane
from aduan.model.opinion import Judge
from aduan.settings import Settings
from aduan.tracking import tracking_number
from producers.attachments import BlobStore
from producers.claims import Claim, Claims, Wanted
from producers.conversations import Conversations
from producers.files.answer import look_through
from producers.files.inspected import Inspect, Inspected, inspect_here
from producers.receipts import Receipts
from producers.sealing import new_seed, open_seed, received_event, replied_event, store_files
from producers.submission import FieldError, FieldsError, File, Submission, check_size
from producers.threading_rules import Listening, Place
from schemas.codec import encode
from schemas.content import SealedAttachment
from schemas.errors import InvalidError, UnavailableError
from schemas.events import Attachment, Channel, ComplaintReceived, ReporterReplied
from schemas.topics import Lane

WEB = "web"
"""Account of what comes by our own pages."""
_ADDED = partial(Submission, channel=Channel.WEB, account=WEB, source=f"/producers/{WEB}", sender="", external_id="")
_log = structlog.get_logger(__name__)
_OUTCOMES = Counter("aduan_door_submissions", "Submissions by channel and outcome.", ["channel", "outcome"])


class Publishes(Protocol):
    """What the door needs of a publisher: a durable yes for all records, or UnavailableError."""

    def publish(self, records: Sequence[Record]) -> None:
        """Return when all are acknowledged."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The door's yes. The same submission again gets the same receipt, with `duplicate` set."""

    complaint_id: str
    tracking_number: str
    secret: str
    lane: Lane
    received_at: datetime
    duplicate: bool
    joined: bool = False
    """It was added to a case that is open already: no new complaint, and nothing to acknowledge."""


@dataclass(frozen=True, slots=True)
class _Named:
    submission: Submission
    own_id: str
    """The id that it has as a complaint of its own; its claim and the seed of its files hang on it."""
    place: Place
    wanted: Wanted
    files: tuple[Inspected, ...] = ()

    @property
    def complaint_id(self) -> str:
        return self.place.complaint_id


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class Door:
    """The door. Thread-safe and synchronous: async servers call it through threads."""

    def __init__(
        self,
        settings: Settings,
        publisher: Publishes,
        claims: Claims,
        keyring: Keyring,
        blobs: BlobStore,
        *,
        clock: Callable[[], datetime] = utc_now,
        inspect: Inspect = inspect_here,
        judge: Judge | None = None,
    ) -> None:
        self._settings = settings
        self._secret = settings.require_secret()
        self._publisher = publisher
        self._claims = claims
        self._conversations = Conversations(claims)
        self._keyring = keyring
        self._blobs = blobs
        self._clock = clock
        self._inspect, self._judge = inspect, judge
        self.receipts = Receipts(self._secret, claims)

    @property
    def claims(self) -> Claims:
        """The file of its claims, for what else is remembered beside them."""
        return self._claims

    def submit(self, submission: Submission) -> Receipt:
        """Keep one complaint, or raise.

        ConflictError: its key came with another body. FieldsError: it is too large, or a file is refused.
        UnavailableError: Kafka, a disk, the malware scanner or a key is away; retry the same as often as you like.
        """
        outcome = self.submit_many([submission])[0]
        if isinstance(outcome, InvalidError):
            raise outcome
        return outcome

    def submit_many(self, submissions: Sequence[Submission]) -> list[Receipt | InvalidError]:
        """Keep many with one acknowledgement; outcomes stand in the order of the submissions.

        Raises UnavailableError when Kafka or a disk is away: some may have been written, none was promised; retry all.
        """
        outcomes: list[Receipt | InvalidError] = []
        try:
            outcomes = self._submit(submissions, self._clock())
        except UnavailableError as error:
            _log.warning("door_unavailable", why=str(error), submissions=len(submissions))
            for submission in submissions:
                _OUTCOMES.labels(submission.channel.value, "unavailable").inc()
            raise
        for submission, outcome in zip(submissions, outcomes, strict=True):
            _OUTCOMES.labels(submission.channel.value, _label(outcome)).inc()
        return outcomes

    def reply(
        self, complaint_id: str, secret: str, text: str, key: str | None = None, files: Sequence[File] = ()
    ) -> Receipt:
        """Add the reporter's words and files to a complaint; only the holder of its receipt may.

        `key` makes a retry the same reply; without one, the same words are. Raises PermissionError for a wrong secret
        (or id: which of them is not told), ConflictError, FieldsError and UnavailableError as `submit` does.
        """
        expected = ids.receipt_secret(self._secret, complaint_id)
        given = secret.strip().lower()
        if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
            raise PermissionError("the tracking number and the secret do not belong together")
        check_size("", text)
        if not text.strip():
            raise FieldsError(FieldError("text", "missing", "must not be empty"))
        said = _ADDED(text=text, files=tuple(files))
        return self._reply(complaint_id, said, key, self._clock())

    def _reply(self, complaint_id: str, said: Submission, key: str | None, now: datetime) -> Receipt:
        files = look_through(self._settings, self._inspect, said)
        digest = ids.body_digest(self._secret, "reply", complaint_id, said.text, *said.file_digests())
        seed = new_seed(self._key(now), complaint_id) if said.files else None
        wanted = Wanted(ids.claim_key(self._secret, "reply", complaint_id, key or digest), digest, seed)
        claim = self._claims.take([wanted], now)[0]
        if isinstance(claim, InvalidError):
            raise claim
        if not claim.accepted:
            self._publish(
                [self._event(_Named(said, complaint_id, Place(complaint_id, joins=True), wanted, files), claim, now)]
            )
            self._claims.accept([wanted.key])
        return self._receipt(complaint_id, choose_lane("", said.text, self._judge)[0], claim, joined=True)

    def purge(self) -> int:
        """Forget up to 1,000 claims and names of conversations that are past their time; returns how many."""
        now = self._clock()
        return self._claims.purge(now) + self._conversations.purge(now)

    def has_accepted(self, complaint_id: str) -> bool:
        """Whether a receipt was given for that id within the last 30 days. Raises UnavailableError as `submit` does."""
        return self._claims.is_accepted(ids.claim_key(self._secret, complaint_id))

    def _submit(self, submissions: Sequence[Submission], now: datetime) -> list[Receipt | InvalidError]:
        listening = Listening(self._secret, self._claims, self._conversations)
        named = [self._name(submission, listening, now) for submission in submissions]
        wanted = [one.wanted for one in named if isinstance(one, _Named)]
        taken = iter(self._claims.take(wanted, now))
        outcomes: list[Receipt | InvalidError] = []
        events: dict[str, ComplaintReceived | ReporterReplied] = {}
        places: list[Place] = []
        for one in named:
            if isinstance(one, InvalidError):
                outcomes.append(one)
                continue
            claim = next(taken)
            if isinstance(claim, InvalidError):
                outcomes.append(claim)
                continue
            again = claim.accepted or claim.key in events
            if not again:
                events[claim.key] = self._event(one, claim, now)
                places.append(one.place)
            event = events.get(claim.key)
            said = one.submission
            lane = event.lane if event else choose_lane(said.title, said.text, self._judge)[0]
            outcomes.append(self._receipt(one.complaint_id, lane, claim, duplicate=again, joined=one.place.joins))
        if events:
            listening.remember(places, now)
            self._publish(list(events.values()))
            self._claims.accept(list(events))
        return outcomes

    def _name(self, submission: Submission, listening: Listening, now: datetime) -> _Named | InvalidError:
        """Id, place, digest and claim of a submission, or why it can't be taken."""
        own_id = ids.complaint_id(
            self._secret,
            channel=submission.channel.value,
            account=submission.account,
            sender=submission.sender,
            external_id=submission.external_id,
        )
        try:
            check_size(submission.title, submission.text)
            files = look_through(self._settings, self._inspect, submission)
            place = listening.place(submission, own_id)
        except InvalidError as error:
            return error
        digest = ids.body_digest(self._secret, *submission.body())
        seed = new_seed(self._key(now), own_id) if submission.files else None
        return _Named(submission, own_id, place, Wanted(ids.claim_key(self._secret, own_id), digest, seed), files)

    def _event(self, one: _Named, claim: Claim, now: datetime) -> ComplaintReceived | ReporterReplied:
        shown: list[Attachment] = []
        sealed: list[SealedAttachment] = []
        if one.submission.files and claim.seed is not None:
            raw = open_seed(self._keyring, one.own_id, claim.seed)
            keep_refused = self._settings.attachments_keep_refused
            shown, sealed = store_files(self._blobs, one.files, raw, keep_refused=keep_refused)
        if one.place.joins:
            return replied_event(
                self._key(now),
                one.submission,
                complaint_id=one.complaint_id,
                cause=claim.key,
                received_at=claim.at,
                attachments=shown,
                sealed_attachments=sealed,
                by=self._judge,
            )
        return received_event(
            self._key(now),
            one.submission,
            complaint_id=one.complaint_id,
            digest=one.wanted.digest,
            received_at=claim.at,
            attachments=shown,
            sealed_attachments=sealed,
            related=one.place.related,
            by=self._judge,
        )

    def _publish(self, events: Sequence[ComplaintReceived | ReporterReplied]) -> None:
        topics = self._settings.topics
        self._publisher.publish(
            [Record(topics.received(event.lane), *encode(event, source=event.source)) for event in events]
        )

    def _key(self, now: datetime) -> SealingKey:
        """A full or missing disk is unavailable, not a crash."""
        try:
            return self._keyring.current(now)
        except OSError as error:
            raise UnavailableError(f"the keyring can't be written: {error.strerror}") from error

    def _receipt(
        self, complaint_id: str, lane: Lane, claim: Claim, *, duplicate: bool | None = None, joined: bool = False
    ) -> Receipt:
        return Receipt(
            complaint_id=complaint_id,
            tracking_number=tracking_number(complaint_id),
            secret=ids.receipt_secret(self._secret, complaint_id),
            lane=lane,
            received_at=claim.at,
            duplicate=claim.accepted if duplicate is None else duplicate,
            joined=joined,
        )


def _label(outcome: Receipt | InvalidError) -> str:
    if isinstance(outcome, InvalidError):
        return outcome.reason.value
    return "duplicate" if outcome.duplicate else "accepted"

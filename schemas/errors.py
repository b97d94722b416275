"""The tree of Aduan's errors: two branches, each saying what to do about it.

AduanError
├── InvalidError          never retried: dead letter with its reason code, or a clear refusal at the door
│   ├── UnreadableError       bytes that are not one of our events (malformed, wrong encoding, unknown type, …)
│   ├── ConflictError         the same id or key with another body; the first wins
│   ├── BlockedError          an event for a case that is not open
│   └── RefusedError          a document, mail or form that its receiver will never take
├── UnavailableError      the world is not ready: retry with full-jitter backoff, commit nothing
└── SettingsError         a setting or data file is wrong: say which line, exit 1
"""

from enum import StrEnum


class Reason(StrEnum):
    """Reason codes of dead letters. Ours, short, and free of anything that was in the message."""

    MALFORMED_JSON = "malformed_json"
    WRONG_ENCODING = "wrong_encoding"
    NULL_VALUE = "null_value"
    UNKNOWN_EVENT = "unknown_event"
    INVALID_EVENT = "invalid_event"
    TOO_LARGE = "too_large"
    UNSEALABLE = "unsealable"
    REFUSED_BY_MAPPING = "refused_by_mapping"
    CONFLICT = "conflict"
    BLOCKED = "blocked"
    MAIL_REFUSED = "mail_refused"
    REPLY_REFUSED = "reply_refused"
    ANSWER_NOT_TAKEN = "answer_not_taken"
    UNKNOWN_SOURCE = "unknown_source"
    UNSIGNED = "unsigned"
    WRONG_HEADERS = "wrong_headers"
    SUSPENDED = "suspended"
    BUG = "bug"


class AduanError(Exception):
    """The root; never raised itself."""


class InvalidError(AduanError):
    """This message can never succeed. Not retried: it becomes a dead letter with `reason`.

    The message of the exception may be logged, so it never quotes a value of the complaint.
    """

    def __init__(self, reason: Reason, message: str = "") -> None:
        super().__init__(message or reason.value)
        self.reason = reason


class UnreadableError(InvalidError):
    """The bytes are not one of our events."""


class ConflictError(InvalidError):
    """The same complaint id or idempotency key came with another body. The first one wins."""

    def __init__(self, message: str = "") -> None:
        super().__init__(Reason.CONFLICT, message)


class BlockedError(InvalidError):
    """An event arrived for a case that is not open."""

    def __init__(self, message: str = "") -> None:
        super().__init__(Reason.BLOCKED, message)


class RefusedError(InvalidError):
    """A receiver (index mapping, mail server, form) says that it will never take this one."""


class UnavailableError(AduanError):
    """Kafka, the search engine, the mail server or a disk is not ready. Retry later; nothing was lost."""


class SettingsError(AduanError):
    """A setting, secret or data file is missing or wrong. The message names it and says what to do."""

"""A record of the log as the dead letter of a stage that reads it in a group of its own."""

from datetime import UTC, datetime

from aduan.connections.log_reader import LogRecord
from aduan.connections.publisher import Record
from aduan.dead_letters import build_dead_letter, encode_dead_letter
from aduan.keyring import Keyring
from aduan.settings import Settings
from schemas.errors import Reason


def letter_of(
    record: LogRecord, reason: Reason, *, settings: Settings, keyring: Keyring, group: str, source: str
) -> Record:
    """What to publish: the sealed original, where it stood and why. A repeat has the same event id."""
    now = datetime.now(UTC)
    letter = build_dead_letter(
        reason=reason,
        group=group,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key,
        value=record.value,
        headers=record.headers,
        key_ring_key=keyring.current(now),
        now=now,
    )
    return Record(settings.topics.dead_letter, *encode_dead_letter(letter, source=source))

"""Three messages broken on purpose, so that the demo has dead letters to show: what is unreadable is kept, not lost."""

from typing import Final

from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from schemas.topics import Lane

BROKEN: Final = (
    b'{"type": "ComplaintReceived", "text": "half a mess',
    '{"type": "ComplaintReceived", "text": "Jos\xe9"}'.encode("latin-1"),
    b'{"type": "ComplaintDanced"}',
)


def put_broken_messages(settings: Settings) -> None:
    """Write them onto complaints.received, past the door. Raises UnavailableError when Kafka does not take them."""
    publisher = Publisher(settings, "demo-poison")
    try:
        topic = settings.topics.received(Lane.ORDINARY)
        publisher.publish(
            [Record(topic, f"broken-{number}".encode(), value, []) for number, value in enumerate(BROKEN)]
        )
    finally:
        publisher.close()

"""Publishing with a durable yes: `publish` returns only after Kafka acknowledged every record (`acks=all`).

Used by the doors (before they say yes), by consumers (dead letters, escalations) and the portal. Guarantee 1.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, NamedTuple

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError, MessageSizeTooLargeError

from aduan.connections.options import kafka_options
from aduan.settings import Settings
from schemas.codec import Headers
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.topics import MAX_DEAD_LETTER_BYTES

_log = structlog.get_logger(__name__)
_IN_FLIGHT = 4_000


class Record(NamedTuple):
    """One record to publish; the key chooses the partition unless one is given."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers
    partition: int | None = None


class Publisher:
    """A thread-safe publisher. Connects when first used, so that a door can start before its broker.

    At most 4,000 records are in flight in a process, whatever the number of callers: memory stays bounded when the
    broker is away. All callers share one attempt to connect: none waits for the attempts of those before it.
    """

    def __init__(self, settings: Settings, client: str) -> None:
        self._settings = settings
        self._client = client
        self._producer: KafkaProducer | None = None
        self._attempt: Future[KafkaProducer] | None = None
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(_IN_FLIGHT)

    def publish(self, records: Sequence[Record]) -> None:
        """Return when all are acknowledged.

        Raises UnavailableError within about `publish_timeout` seconds otherwise: some may have been written all the
        same, so the caller retries with the same deterministic ids. Raises InvalidError(TOO_LARGE) for a record that
        the broker will never take.
        """
        deadline = time.monotonic() + self._settings.publish_timeout
        for start in range(0, len(records), _IN_FLIGHT // 2):
            self._publish_some(records[start : start + _IN_FLIGHT // 2], deadline)

    def close(self) -> None:
        """Close the connection; records that were not acknowledged were never promised."""
        with self._lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=2)

    def _publish_some(self, records: Sequence[Record], deadline: float) -> None:
        taken = 0
        try:
            for _ in records:
                if not self._room.acquire(timeout=max(0.0, deadline - time.monotonic())):
                    raise UnavailableError("too many records wait for Kafka")
                taken += 1
            self._send_and_wait(records, deadline)
        finally:
            for _ in range(taken):
                self._room.release()

    def _send_and_wait(self, records: Sequence[Record], deadline: float) -> None:
        producer = self._connected(deadline)
        try:
            futures = [
                producer.send(
                    record.topic, value=record.value, key=record.key, headers=record.headers, partition=record.partition
                )
                for record in records
            ]
            for future in futures:
                future.get(timeout=max(0.05, deadline - time.monotonic()))
        except MessageSizeTooLargeError:
            raise InvalidError(Reason.TOO_LARGE, "the record is larger than the topic takes") from None
        except (KafkaError, AssertionError) as error:
            self._discard(producer)
            raise UnavailableError(f"Kafka did not acknowledge in time ({type(error).__name__})") from error

    def _connected(self, deadline: float) -> KafkaProducer:
        """The producer, or the outcome of the one attempt to connect that is under way for everybody."""
        with self._lock:
            if self._producer is not None:
                return self._producer
            attempt = self._attempt
            if attempt is None:
                attempt = self._attempt = Future()
                threading.Thread(target=self._connect, args=(attempt,), name="kafka-connect", daemon=True).start()
        try:
            return attempt.result(timeout=max(0.05, deadline - time.monotonic()))
        except TimeoutError:
            raise UnavailableError("no Kafka broker answers in time") from None
        except (KafkaError, OSError) as error:
            raise UnavailableError(f"no Kafka broker answers ({type(error).__name__})") from error

    def _connect(self, attempt: "Future[KafkaProducer]") -> None:
        try:
            producer = self._new_producer()
        except BaseException as error:  # noqa: BLE001 - whatever it was belongs to those who wait, not to this thread
            with self._lock:
                self._attempt = None
            attempt.set_exception(error)
            return
        with self._lock:
            self._producer, self._attempt = producer, None
        attempt.set_result(producer)

    def _new_producer(self) -> KafkaProducer:
        timeout_ms = int(self._settings.publish_timeout * 1000)
        options: dict[str, Any] = kafka_options(self._settings, self._client) | {"bootstrap_timeout_ms": timeout_ms}
        return _Producer(
            **options,
            acks="all",
            enable_idempotence=True,
            linger_ms=2,
            batch_size=128 * 1024,
            max_request_size=MAX_DEAD_LETTER_BYTES + 100_000,
            max_block_ms=max(1_000, timeout_ms // 2),
            request_timeout_ms=max(1_000, timeout_ms - 500),
            delivery_timeout_ms=max(1_500, timeout_ms),
            metrics_enabled=False,
        )

    def _discard(self, producer: KafkaProducer) -> None:
        """Start afresh after a failure: a producer that lost a batch may refuse all that follow."""
        close = producer.close
        with self._lock:
            if self._producer is not producer:
                return
            self._producer = None
        _log.warning("publisher_reconnects", client=self._client)
        threading.Thread(target=close, kwargs={"timeout": 0}, name="kafka-close", daemon=True).start()


class _Producer(KafkaProducer):  # type: ignore[misc]
    """kafka-python 3.0.12 flushes when it closes, raises when that times out, and then leaves its thread behind.

    This one goes on to the forced close. Whoever waits for an unacknowledged record is told that it failed.
    """

    _closing = False

    def close(self, timeout: float | None = None, null_logger: bool = False) -> None:
        """Close, whatever the broker does."""
        self._closing = True
        super().close(timeout=timeout, null_logger=null_logger)

    def flush(self, timeout: float | None = None) -> None:
        """Flush; while closing, a timeout is no reason to stop."""
        try:
            super().flush(timeout=timeout)
        except KafkaTimeoutError:
            if not self._closing:
                raise

"""Reading records whose header names are no UTF-8, which anybody with a Kafka client can write and no broker refuses.

kafka-python 3.0.12 raises CorruptRecordError at such a record, again and again: its partition would stand still for
ever, for a stage as for `aduan lag`. Here the bytes that are no ASCII in such a name become `?`, and reading goes on.
"""

from typing import Any

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint


class _Batch(DefaultRecordBatch):  # type: ignore[misc] # kafka-python ships no types
    """The library's batch, which mends a header's name that it can't read."""

    def _read_msg(self, *args: Any) -> Any:
        try:
            return super()._read_msg(*args)
        except UnicodeDecodeError:
            mend_names(self._buffer, self._pos)  # a copy of what was fetched; its checksum was looked at before
            return super()._read_msg(*args)


def mend_names(buffer: bytearray, start: int) -> None:
    """Make the header names of the record at `start` ASCII, in place and byte for byte.

    Layout: https://kafka.apache.org/documentation/#record.
    """
    at = start
    for _ in ("length", "attributes", "timestamp", "offset"):
        _, at = decode_varint(buffer, at)
    for _ in ("key", "value"):
        size, at = decode_varint(buffer, at)
        at += max(0, size)
    count, at = decode_varint(buffer, at)
    for _ in range(count):
        size, at = decode_varint(buffer, at)
        buffer[at : at + size] = bytes(byte if byte < 0x80 else ord("?") for byte in buffer[at : at + size])  # noqa: PLR2004
        size, at = decode_varint(buffer, at + size)
        at += max(0, size)


def read_any_name() -> None:
    """Have all of kafka-python's consumers in this process read any header name. Called twice, it changes nothing."""
    memory_records.DefaultRecordBatch = _Batch

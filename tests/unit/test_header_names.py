"""A record whose header name is no UTF-8 is read like any other, and so is what stands behind it."""

from typing import Any

import pytest
from kafka.errors import CorruptRecordError
from kafka.record import MemoryRecords, memory_records
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder

from aduan.connections.header_names import read_any_name


class Bytes(str):
    """A header name that goes out as these bytes, as another client may write it."""

    def encode(self, *_args: Any, **_kwargs: Any) -> bytes:
        return b"ce_\xff\xfe"


def batch(compression: int = 0) -> bytes:
    """Three records: fine, with a broken name among fine ones, fine."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=compression,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10_000,
    )
    headers = [[("ce_id", b"1")], [("ce_id", b"2"), (Bytes("x"), None), ("last", b"z")], []]
    for offset, one in enumerate(headers):
        builder.append(offset, timestamp=None, key=b"k", value=None if offset == 2 else b"v", headers=one)
    return bytes(builder.build())


def read(raw: bytes) -> list[Any]:
    records = MemoryRecords(raw)
    return [record for one in iter(records.next_batch, None) for record in one]


@pytest.mark.parametrize("compression", [0, 1])
def test_the_bytes_that_are_no_ascii_become_question_marks(monkeypatch: pytest.MonkeyPatch, compression: int) -> None:
    monkeypatch.setattr(memory_records, "DefaultRecordBatch", DefaultRecordBatch)
    with pytest.raises(CorruptRecordError):  # as the library does it: when this no longer raises, ours can go
        read(batch(compression))
    read_any_name()
    found = read(batch(compression))
    assert [record.headers for record in found] == [
        [("ce_id", b"1")],
        [("ce_id", b"2"), ("ce_??", None), ("last", b"z")],
        [],
    ]
    assert [record.value for record in found] == [b"v", b"v", None]

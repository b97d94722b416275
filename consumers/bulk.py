"""Bodies of `_bulk` requests, and what the engine's answers mean (guarantee 7). Pure; `consumers.writer` sends them.

The engine's messages quote values, so only statuses and error types are asked for (`FILTER_PATH`) and looked at.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, NamedTuple

from pydantic import BaseModel

from schemas.errors import UnavailableError

FILTER_PATH: Final = ",".join(
    f"items.*.{path}" for path in ("status", "error.type", "error.caused_by.type", "error.caused_by.caused_by.type")
)
"""What an answer holds: never the engine's words."""
MAX_BODY_BYTES: Final = 5_000_000
"""Of one request; engines refuse bodies above 100 MB and work best far below."""

_WRITTEN: Final = frozenset({200, 201})
_VERSION_CONFLICT: Final = "version_conflict_engine_exception"
_REFUSALS: Final = frozenset(
    {
        "mapper_parsing_exception",  # OpenSearch, Elasticsearch 7
        "document_parsing_exception",  # Elasticsearch 8 and 9
        "strict_dynamic_mapping_exception",
        "max_bytes_length_exceeded_exception",  # Lucene's word for an immense term
    }
)
_BAD_REQUEST: Final = 400
_CONFLICT: Final = 409
_DEEPEST_CAUSE: Final = 10


class Verdict(Enum):
    """What became of one action."""

    DONE = "done"
    CONFLICT = "conflict"
    """The document is there already, or has changed since it was read."""
    REFUSED = "refused"
    """The mapping will never take it: invalid."""
    UNAVAILABLE = "unavailable"
    """Anything else: the world is not ready; the same action again later."""


class Action(NamedTuple):
    """One write: create, or replace what was read at a sequence number and term."""

    index_name: str
    doc_id: str
    body: bytes
    seq_no: int | None = None
    term: int | None = None

    def lines(self) -> bytes:
        """Its two lines in a `_bulk` body. Index names and ids are ours and need no escaping."""
        if self.seq_no is None:
            head = f'{{"create":{{"_index":"{self.index_name}","_id":"{self.doc_id}"}}}}\n'
        else:
            head = (
                f'{{"index":{{"_index":"{self.index_name}","_id":"{self.doc_id}",'
                f'"if_seq_no":{self.seq_no},"if_primary_term":{self.term}}}}}\n'
            )
        return head.encode() + self.body + b"\n"


def to_json(document: BaseModel) -> bytes:
    """A document as the engine stores it."""
    return document.__pydantic_serializer__.to_json(document, exclude_none=True)


def bodies(actions: Sequence[Action], most: int = MAX_BODY_BYTES) -> Iterator[tuple[int, bytes]]:
    """(number of actions, body) for each request; at most `most` bytes, or one action that is larger."""
    parts: list[bytes] = []
    size = 0
    for action in actions:
        lines = action.lines()
        if parts and size + len(lines) > most:
            yield len(parts), b"".join(parts)
            parts, size = [], 0
        parts.append(lines)
        size += len(lines)
    if parts:
        yield len(parts), b"".join(parts)


def verdicts(answer: Mapping[str, Any], count: int) -> list[Verdict]:
    """One verdict for each of `count` actions, in order.

    Raises UnavailableError when the answer has another number of results: then nothing is known of any of them.
    """
    items = answer.get("items", [])
    if len(items) != count:
        raise UnavailableError(f"the search engine answered {len(items)} of {count} actions")
    return [judge(next(iter(item.values()))) for item in items]


def judge(result: Mapping[str, Any]) -> Verdict:
    """The verdict on one result. Only the listed errors are the document's fault."""
    status = result.get("status")
    error = result.get("error")
    if error is None:
        return Verdict.DONE if status in _WRITTEN else Verdict.UNAVAILABLE
    if status == _CONFLICT and isinstance(error, Mapping) and error.get("type") == _VERSION_CONFLICT:
        return Verdict.CONFLICT
    if status == _BAD_REQUEST and _refuses(error):
        return Verdict.REFUSED
    return Verdict.UNAVAILABLE


def _refuses(error: Any) -> bool:
    """Whether an error or one of its causes is on the list."""
    for _ in range(_DEEPEST_CAUSE):
        if not isinstance(error, Mapping):
            return False
        if error.get("type") in _REFUSALS:
            return True
        error = error.get("caused_by")
    return False

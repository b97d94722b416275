"""`aduan send`: a file of complaints through the same door, in batches, resumable. Never holds more than a batch."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from aduan.connections.patience import retrying_for
from producers.door import Door, Receipt
from producers.mail_admission import distinct
from producers.replay_cursor import Cursor
from producers.replay_reading import Piece, Pieces, Reader
from producers.submission import Submission
from schemas.errors import BlockedError, ConflictError, InvalidError
from schemas.events import Channel

BATCH: Final = 200
BATCH_BYTES: Final = 8_000_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refused:
    """A piece that was passed over: its number in the file and why, without a word of it."""

    number: int
    why: str


@dataclass(slots=True)
class Outcome:
    """What one run did. `refused` counts earlier runs over the same file too."""

    sent: int = 0
    duplicates: int = 0
    refused: int = 0
    stopped: bool = False


@dataclass(slots=True)
class _Batch:
    submissions: list[tuple[int, Submission]] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    size: int = 0
    last: Piece | None = None

    @property
    def is_full(self) -> bool:
        return len(self.submissions) >= BATCH or self.size >= BATCH_BYTES


class Replay:
    """Sends one file. A killed run is run again: it goes on at its cursor, and the claims hold off what is repeated."""

    def __init__(self, door: Door, cursor: Cursor, pieces: Pieces, reader: Reader, *, patience: float = 60.0) -> None:
        self._door = door
        self._cursor = cursor
        self._pieces = pieces
        self._reader = reader
        self._retrying = retrying_for(patience)

    def run(
        self,
        *,
        strict: bool = False,
        on_refused: Callable[[Refused], None],
        on_batch: Callable[[int, Outcome], None],
    ) -> Outcome:
        """Send all that is left. `on_batch` gets the byte offset reached.

        With `strict` the first refused piece ends the run; the rest of its batch may have been sent. Raises
        UnavailableError when Kafka or a disk stays away for longer than `patience` seconds: run it again.
        """
        start = self._cursor.position
        outcome = Outcome(refused=start.refused)
        with self._cursor.file.open("rb") as file:
            file.seek(start.offset)
            for batch in self._batches(self._pieces(file, start.number), strict=strict):
                refused = sorted([*batch.refused, *self._send(batch.submissions, outcome)], key=lambda one: one.number)
                for one in refused:
                    on_refused(one)
                outcome.refused += len(refused)
                if strict and refused:
                    outcome.stopped = True
                    return outcome
                if batch.last is not None:
                    self._cursor.advance(offset=batch.last.end, number=batch.last.number, refused=outcome.refused)
                    on_batch(batch.last.end, outcome)
        return outcome

    def _batches(self, pieces: Iterator[Piece], *, strict: bool) -> Iterator[_Batch]:
        batch = _Batch()
        for piece in pieces:
            self._read(piece, batch)
            if batch.is_full or (strict and batch.refused):
                yield batch
                batch = _Batch()
        if batch.last is not None:
            yield batch

    def _read(self, piece: Piece, batch: _Batch) -> None:
        batch.last = piece
        batch.size += len(piece.raw)
        if piece.too_long:
            batch.refused.append(Refused(piece.number, "is too long"))
        elif piece.raw:
            try:
                batch.submissions += [(piece.number, submission) for submission in self._reader(piece)]
            except InvalidError as error:
                batch.refused.append(Refused(piece.number, str(error)))

    def _send(self, numbered: Sequence[tuple[int, Submission]], outcome: Outcome) -> Iterator[Refused]:
        results = self._submit([submission for _, submission in numbered])
        # Another mail under a Message-ID that was used before is a complaint of its own, as at the mail receiver.
        again = [
            place
            for place, result in enumerate(results)
            if isinstance(result, ConflictError) and numbered[place][1].channel is Channel.EMAIL
        ]
        for place, result in zip(again, self._submit([distinct(numbered[one][1]) for one in again]), strict=True):
            results[place] = result
        for (number, _), result in zip(numbered, results, strict=True):
            if isinstance(result, BlockedError):
                continue  # somebody deleted what is no complaint here, as the webhook ignores it
            if isinstance(result, InvalidError):
                yield Refused(number, str(result))
            else:
                outcome.duplicates += result.duplicate
                outcome.sent += not result.duplicate

    def _submit(self, submissions: Sequence[Submission]) -> list[Receipt | InvalidError]:
        return self._retrying(self._door.submit_many, submissions) if submissions else []

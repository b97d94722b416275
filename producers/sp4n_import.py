"""A file of SP4N-LAPOR! through the door, in batches: the same file again makes nothing twice, and loses nothing.

There is no cursor: a run that was ended is run again, the door's claims know what was sent, and the report is whole.
Holds one batch of rows at a time (and, of a workbook, the workbook).
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from aduan import ids
from aduan.connections.patience import retrying_for
from aduan.sp4n import Sp4n
from aduan.sp4n_notes import Fate, Problem
from aduan.tracking import tracking_number
from producers.door import Door, Receipt
from producers.sp4n_fields import Note
from producers.sp4n_rows import NEEDED, Header, read_header, read_row, score
from producers.spreadsheets import HEADER_WITHIN, Line, Table, open_table
from producers.submission import Submission
from schemas.errors import ConflictError, InvalidError, Reason, RefusedError

BATCH: Final = 200
_PROBLEMS: Final = {Reason.TOO_LARGE: Problem.TOO_LARGE, Reason.CONFLICT: Problem.CONFLICT}


@dataclass(slots=True)
class Outcome:
    """What a run did. `notes` counts the notes by what they say, one row may have several."""

    rows: int = 0
    sent: int = 0
    duplicates: int = 0
    passed: int = 0
    refused: int = 0
    notes: Counter[Problem] = field(default_factory=Counter)

    @property
    def understood(self) -> bool:
        """Whether nothing is left for a person to look at."""
        return all(problem in {Problem.CLOSED, Problem.OWN} for problem in self.notes)


@dataclass(slots=True)
class Sp4nImport:
    """Imports files. `secret` is the installation's: with it a clash names the case that was there first."""

    door: Door
    secret: bytes
    sp4n: Sp4n
    on_note: Callable[[Note], None]
    closed: bool = False
    patience: float = 60.0

    def run(self, path: Path, on_batch: Callable[[int, int, Outcome], None]) -> Outcome:
        """Import a whole file. `on_batch` gets the size, how much is done and the outcome so far.

        Raises RefusedError when it is no table of reports, and UnavailableError when the file can't be read or Kafka or
        a disk stays away for longer than `patience` seconds: run it again.
        """
        outcome = Outcome()
        with open_table(path, lambda cells: score(self.sp4n, cells)) as table:
            header = self._header(path, table, outcome)
            while lines := list(islice(table.lines, BATCH)):
                self._batch(header, lines, outcome)
                on_batch(table.size, table.done(), outcome)
        return outcome

    def _header(self, path: Path, table: Table, outcome: Outcome) -> Header:
        for line in islice(table.lines, HEADER_WITHIN):
            header = read_header(self.sp4n, line.number, line.cells or ())
            if header is not None:
                for unknown in header.unknown:
                    self._note(Note(line.number, Problem.UNKNOWN_COLUMN, unknown), outcome)
                return header
        wanted = " and ".join(f"'{self.sp4n.file.columns[name].header}'" for name in NEEDED)
        why = f"{path.name}: none of the first {HEADER_WITHIN} rows has the columns {wanted}"
        raise RefusedError(Reason.INVALID_EVENT, f"{why}; other names for them stand in aduan/data/sp4n.yaml, columns")

    def _batch(self, header: Header, lines: Sequence[Line], outcome: Outcome) -> None:
        numbered: list[tuple[int, Submission]] = []
        for line in lines:
            if line.cells is not None and not any(line.cells):
                continue
            outcome.rows += 1
            if line.cells is None:
                self._drop([Note(line.number, Problem.UNREADABLE)], outcome)
                continue
            submission, notes = read_row(self.sp4n, header, line.number, line.cells, closed=self.closed)
            if submission is None:
                self._drop(notes, outcome)
                continue
            numbered.append((line.number, submission))
            for note in notes:
                self._note(note, outcome)
        for note in self._send(numbered, outcome):
            self._drop([note], outcome)

    def _send(self, numbered: Sequence[tuple[int, Submission]], outcome: Outcome) -> Iterator[Note]:
        for (number, submission), result in zip(numbered, self._submit([one for _, one in numbered]), strict=True):
            if isinstance(result, InvalidError):
                problem = _PROBLEMS.get(result.reason, Problem.REFUSED)
                case = self._case(submission) if isinstance(result, ConflictError) else ""
                yield Note(number, problem, "", submission.external_id, case)
            else:
                outcome.duplicates += result.duplicate
                outcome.sent += not result.duplicate

    def _submit(self, submissions: Sequence[Submission]) -> list[Receipt | InvalidError]:
        retrying = retrying_for(self.patience)
        return retrying(self.door.submit_many, submissions) if submissions else []

    def _case(self, submission: Submission) -> str:
        return tracking_number(
            ids.complaint_id(
                self.secret,
                channel=submission.channel.value,
                account=submission.account,
                sender=submission.sender,
                external_id=submission.external_id,
            )
        )

    def _drop(self, notes: Sequence[Note], outcome: Outcome) -> None:
        passed = all(note.fate is Fate.PASSED for note in notes)
        outcome.passed += passed
        outcome.refused += not passed
        for note in notes:
            self._note(note, outcome)

    def _note(self, note: Note, outcome: Outcome) -> None:
        outcome.notes[note.problem] += 1
        self.on_note(note)

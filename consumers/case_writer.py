"""The effects of a batch of events on the indexes `complaints` and `reporters`: idempotent, in the order of the log.

New cases are sent at once as plain creates. What is there already, and every later event, is read in real time, folded
and written on the condition that nobody else wrote meanwhile (guarantee 6).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from pydantic import ValidationError

from aduan.connections.patience import Patience
from aduan.keyring import Keyring
from consumers import vault
from consumers.bulk import Action, Verdict, to_json
from consumers.folding import Folded, Placed, Rejected, by_case, fold_onto
from consumers.original_writer import OriginalWriter, original
from consumers.writer import Found, Writer
from schemas.documents import CaseDocument, ReporterDocument
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import CaseOpened, ReporterErased

_ROUNDS: Final = 5
"""Times that a document which others change meanwhile is read and folded again before waiting a while."""
Cases = Mapping[str, Sequence[Placed]]


class Opening(NamedTuple):
    """A new case of a batch: its document, and the writes (the case first, then the originals of `brought`)."""

    events: Sequence[Placed]
    folded: Folded
    actions: tuple[Action, ...]
    brought: tuple[Placed, ...]


class Prepared(NamedTuple):
    """A batch with its new cases worked out; nothing is written yet."""

    openings: dict[str, Opening]
    others: Cases


class CaseWriter:
    """Applies batches to one generation of the index.

    Raises UnavailableError only once the process is told to stop; the batch is then read and applied again later.
    """

    def __init__(
        self, writer: Writer, keyring: Keyring, patience: Patience, *, complaints: str, reporters: str
    ) -> None:
        self._writer = writer
        self._keyring = keyring
        self._patience = patience
        self._complaints = complaints
        self._reporters = reporters
        self._originals = OriginalWriter(writer, keyring, patience, reporters=reporters)

    def prepare(self, placed: Iterable[Placed]) -> Prepared:
        """Work out the new cases; no I/O but the keyring's files, so another thread may do it while a bulk is away."""
        openings: dict[str, Opening] = {}
        others: dict[str, Sequence[Placed]] = {}
        for case, events in by_case(placed).items():
            opening = self._opening(events)
            if opening is None:
                others[case] = events
            else:
                openings[case] = opening
        return Prepared(openings, others)

    def apply(self, prepared: Prepared) -> list[Rejected]:
        """Return when every effect is durable: the events that could not be applied, to be made dead letters."""
        rejected: list[Rejected] = []
        others = dict(prepared.others)
        openings = prepared.openings
        results = iter(self._writer.write([action for opening in openings.values() for action in opening.actions]))
        for case, opening in openings.items():
            written, *kept = [next(results) for _ in opening.actions]
            if written is not Verdict.DONE:
                others[case] = opening.events
                continue
            rejected += opening.folded.rejected
            rejected += _refused(
                one for one, verdict in zip(opening.brought, kept, strict=True) if verdict is Verdict.REFUSED
            )
        settled = self._settle_cases(others)
        markers: dict[str, ReporterDocument] = {}
        for case, folded in settled.items():
            rejected += folded.rejected
            markers |= vault.erasures(folded.case, [one.event for one in others[case]])
        brought = [one for folded in settled.values() for one in folded.accepted]
        return rejected + self._originals.settle(brought, markers)

    def _opening(self, events: Sequence[Placed]) -> Opening | None:
        """The writes of a case that begins in this batch; None where more must be known first."""
        first = events[0].event
        if not isinstance(first, CaseOpened) or any(isinstance(one.event, ReporterErased) for one in events):
            return None
        folded = fold_onto(None, events)
        if folded.case is None:
            return None
        actions = [Action(self._complaints, folded.case.complaint_id, to_json(folded.case))]
        brought = []
        for one in folded.accepted:
            original_id = vault.original_id(one.event)
            if original_id is None:
                continue
            try:
                document = original(self._keyring, one)
            except (InvalidError, UnavailableError):
                return None  # it may be in the vault already: look first
            actions.append(Action(self._reporters, original_id, to_json(document)))
            brought.append(one)
        return Opening(events, folded, tuple(actions), tuple(brought))

    def _settle_cases(self, cases: Cases) -> dict[str, Folded]:
        """Read, fold and write until every case holds its events; what became of each case."""
        settled: dict[str, Folded] = {}
        left = dict(cases)

        def attempt() -> None:
            for _ in range(_ROUNDS):
                settled.update(self._round(left))
                for case in settled:
                    left.pop(case, None)
                if not left:
                    return
            raise UnavailableError("documents are being changed by another process all the time")

        self._patience.until_done(attempt)
        return settled

    def _round(self, cases: Cases) -> dict[str, Folded]:
        """One read, fold and conditional write of each case; those that others changed meanwhile are missing."""
        found = self._writer.read((self._complaints, case) for case in cases)
        settled: dict[str, Folded] = {}
        writes: dict[str, tuple[Folded, Action]] = {}
        for case, events in cases.items():
            there = found.get((self._complaints, case))
            try:
                document = None if there is None else CaseDocument.model_validate(there.source)
            except ValidationError:  # not written by this code: one such document must not hold up all others
                settled[case] = Folded(None, (), tuple(Rejected(one.record, Reason.BUG) for one in events))
                continue
            folded = fold_onto(document, events)
            if folded.case is None or folded.case is document:
                settled[case] = folded
            else:
                writes[case] = (folded, conditional(self._complaints, case, to_json(folded.case), there))
        verdicts = self._writer.write([action for _, action in writes.values()])
        for (case, (folded, _)), verdict in zip(writes.items(), verdicts, strict=True):
            if verdict is Verdict.DONE:
                settled[case] = folded
            elif verdict is Verdict.REFUSED:
                settled[case] = self._one_by_one(case, cases[case])
        return settled

    def _one_by_one(self, case: str, events: Sequence[Placed]) -> Folded:
        """The mapping refused what a case's events make together: find the one that it refuses."""
        if len(events) == 1:
            return Folded(None, (), tuple(_refused(events)))
        steps = [self._settle_cases({case: [one]})[case] for one in events]
        return Folded(
            next((step.case for step in reversed(steps) if step.case is not None), None),
            tuple(one for step in steps for one in step.accepted),
            tuple(one for step in steps for one in step.rejected),
        )


def conditional(index: str, doc_id: str, body: bytes, there: Found | None) -> Action:
    """Create what is missing, or replace just what was read."""
    if there is None:
        return Action(index, doc_id, body)
    return Action(index, doc_id, body, there.seq_no, there.term)


def _refused(events: Iterable[Placed]) -> list[Rejected]:
    return [Rejected(one.record, Reason.REFUSED_BY_MAPPING) for one in events]

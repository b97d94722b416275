"""Originals into the restricted index `reporters`, and markers in the place of those whose person was erased."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from aduan.connections.patience import Patience
from aduan.keyring import Keyring
from consumers import vault
from consumers.bulk import Action, Verdict, to_json
from consumers.folding import Placed, Rejected
from consumers.writer import Found, Writer
from schemas.documents import ReporterDocument
from schemas.errors import InvalidError, Reason, UnavailableError
from schemas.events import CaseOpened, ReplyAdded

_ROUNDS: Final = 5


class OriginalWriter:
    """Writes to `reporters`. Raises UnavailableError only once the process is told to stop."""

    def __init__(self, writer: Writer, keyring: Keyring, patience: Patience, *, reporters: str) -> None:
        self._writer = writer
        self._keyring = keyring
        self._patience = patience
        self._index = reporters

    def settle(self, brought: Iterable[Placed], markers: Mapping[str, ReporterDocument]) -> list[Rejected]:
        """Keep the originals that are missing and put the markers in their places; a marker is never overwritten.

        Returns the records whose original neither is there nor can be unsealed or stored any more.
        """
        self._repeat(lambda: self._put_markers(markers))
        kept = {one_id: one for one in brought if (one_id := vault.original_id(one.event)) and one_id not in markers}
        found = self._read(kept)
        rejected: list[Rejected] = []
        actions: dict[str, Action] = {}
        for original_id in kept.keys() - found.keys():
            one = kept[original_id]
            try:
                document = self._patience.until_done(lambda one=one: original(self._keyring, one))  # type: ignore[misc]
            except InvalidError as error:
                rejected.append(Rejected(one.record, error.reason))
            else:
                actions[original_id] = Action(self._index, original_id, to_json(document))
        verdicts = self._writer.write(list(actions.values()))
        for original_id, verdict in zip(actions, verdicts, strict=True):
            if verdict is Verdict.REFUSED:
                rejected.append(Rejected(kept[original_id].record, Reason.REFUSED_BY_MAPPING))
        return rejected  # a CONFLICT means that it is there by now, or a marker is

    def _put_markers(self, markers: Mapping[str, ReporterDocument]) -> bool:
        found = self._read(markers)
        actions = []
        for one, marker in markers.items():
            there = found.get(one)
            if there is None:
                actions.append(Action(self._index, one, to_json(marker)))
            elif there.source.get("erased_at") is None:
                actions.append(Action(self._index, one, to_json(marker), there.seq_no, there.term))
        return all(verdict is Verdict.DONE for verdict in self._writer.write(actions))

    def _repeat(self, step: Callable[[], bool]) -> None:
        """Until nobody else wrote meanwhile: an erasure is never left half done."""

        def attempt() -> None:
            if not any(step() for _ in range(_ROUNDS)):
                raise UnavailableError("originals are being changed by another process all the time")

        self._patience.until_done(attempt)

    def _read(self, ids: Iterable[str]) -> dict[str, Found]:
        found = self._writer.read((self._index, one) for one in ids)
        return {one: there for (_, one), there in found.items()}


def original(keyring: Keyring, one: Placed) -> ReporterDocument:
    """The original that a record brings; errors as `consumers.vault.original`."""
    if not isinstance(one.event, CaseOpened | ReplyAdded):
        raise TypeError(f"{one.event.TYPE} brings no original")
    return vault.original(keyring, one.event)

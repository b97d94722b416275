"""Putting cases into the index of a test, as the indexer would: folded documents in the live generation."""

from collections.abc import Iterable

from elasticsearch import Elasticsearch

from aduan.case import fold
from aduan.settings import Settings
from consumers.index import ensure_indexes, read_alias
from schemas.documents import CaseDocument, Position
from schemas.events import CaseEvent


def case_of(events: Iterable[CaseEvent], *, partition: int = 0, start: int = 0) -> CaseDocument:
    """The document that these events of one case make."""
    numbered = enumerate(events, start)
    case = fold((event, Position(epoch=1, partition=partition, offset=offset)) for offset, event in numbered)
    assert case is not None
    return case


def index_cases(settings: Settings, client: Elasticsearch, cases: Iterable[CaseDocument]) -> None:
    """Write the documents and make them visible to searches."""
    index = ensure_indexes(settings, client).index
    for case in cases:
        client.index(index=index, id=case.complaint_id, document=case.model_dump(mode="json", exclude_none=True))
    client.indices.refresh(index=index)


def remove_case(settings: Settings, client: Elasticsearch, case: CaseDocument) -> None:
    """Take a document out again, if it is there."""
    client.options(ignore_status=404).delete(index=read_alias(settings), id=case.complaint_id, refresh=True)

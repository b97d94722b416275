"""The search client speaks to the real engine, whichever it is."""

import secrets

import pytest
from elasticsearch import ApiError, Elasticsearch, helpers
from elasticsearch import ConnectionError as EngineConnectionError

from aduan.settings import Settings
from consumers.search_engine import OpenSearchNode, distribution, plain_type, search_client
from ops.engines.ports import free_port
from schemas.errors import UnavailableError


def test_the_client_speaks_to_the_engine_that_is_there(search: Elasticsearch) -> None:
    assert int(search.info()["version"]["number"].split(".")[0]) >= 3


def test_the_compatible_node_is_used_for_opensearch_only(settings: Settings, search: Elasticsearch) -> None:
    nodes = search.transport.node_pool.all()
    assert all(isinstance(node, OpenSearchNode) for node in nodes) is (distribution(settings) == "opensearch")


def test_bulk_with_external_versions_search_and_highlight_work(settings: Settings, search: Elasticsearch) -> None:
    index = settings.index("probe")
    search.indices.create(index=index, mappings={"properties": {"text": {"type": "text", "analyzer": "indonesian"}}})
    row = {"_index": index, "_id": "1", "version": 7, "version_type": "external", "text": "ada pungutan di sekolah"}
    assert helpers.bulk(search, [row], refresh=True) == (1, [])
    with pytest.raises(helpers.BulkIndexError) as refused:
        helpers.bulk(search, [row | {"version": 6}])
    assert refused.value.errors[0]["index"]["status"] == 409
    found = search.search(index=index, query={"match": {"text": "dipungut"}}, highlight={"fields": {"text": {}}})
    assert found["hits"]["hits"][0]["highlight"]["text"] == ["ada <em>pungutan</em> di sekolah"]


def test_an_index_is_never_made_by_accident(settings: Settings, search: Elasticsearch) -> None:
    with pytest.raises(ApiError) as refused:
        search.index(index=settings.index(f"absent-{secrets.token_hex(3)}"), document={"a": 1})
    assert refused.value.status_code == 404


def test_nobody_at_the_address_is_unavailable(settings: Settings) -> None:
    nowhere = settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{free_port()}"})
    with pytest.raises(UnavailableError, match="does not answer"):
        search_client(nowhere)


def test_a_failed_request_is_not_retried_by_the_client(settings: Settings) -> None:
    with search_client(settings) as client:
        assert client.options()._max_retries == 0
        unreachable = f"http://127.0.0.1:{free_port()}"
    with Elasticsearch(unreachable, max_retries=0) as gone, pytest.raises(EngineConnectionError):
        gone.info()


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("application/vnd.elasticsearch+json; compatible-with=9", "application/json"),
        ("application/vnd.elasticsearch+x-ndjson; compatible-with=9", "application/x-ndjson"),
        ("text/plain", "text/plain"),
    ],
)
def test_vendor_content_types_become_plain_ones(sent: str, plain: str) -> None:
    assert plain_type(sent) == plain

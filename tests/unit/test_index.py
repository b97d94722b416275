"""Names, generations and the declaration of the indexes."""

import pytest

from aduan.settings import Settings
from consumers.copying import prefixes
from consumers.index import fingerprint, generation, index_body, indexer_group, may_auto_create, read_alias
from schemas.mapping import complaints_mapping, reporters_mapping

SETTINGS = Settings(namespace="ns")


def test_a_generation_is_an_index_and_a_group_of_its_own() -> None:
    assert generation(SETTINGS, 12).index == "ns-aduan-complaints-000012"
    assert indexer_group(SETTINGS, 12) == "ns.aduan.indexer.12"
    assert generation(SETTINGS, 12).index.startswith(f"{read_alias(SETTINGS)}-")


@pytest.mark.parametrize(
    ("setting", "creates"),
    [
        ("true", True),
        ("false", False),
        ("+*", True),
        ("*", True),
        ("-ns-aduan-*,+*", False),
        ("+*,-ns-aduan-*", True),  # the first that matches decides
        ("logs-*", False),
        ("-*", False),
        ("TRUE", True),
    ],
)
def test_whether_the_cluster_makes_a_missing_index_by_itself(setting: str, creates: bool) -> None:
    assert may_auto_create(setting, "ns-aduan-complaints-000001") is creates


def test_an_index_notes_what_mapping_it_was_made_with() -> None:
    body = index_body(SETTINGS, complaints_mapping(), {"generation": 3})
    assert body["mappings"]["_meta"]["aduan"] == {"generation": 3, "fingerprint": fingerprint(complaints_mapping())}
    assert body["mappings"]["dynamic"] == "strict"


def test_another_mapping_has_another_fingerprint() -> None:
    changed = complaints_mapping()
    changed["properties"]["new"] = {"type": "keyword"}
    assert len({fingerprint(changed), fingerprint(complaints_mapping()), fingerprint(reporters_mapping())}) == 3


def test_a_new_index_has_the_shards_and_the_refresh_of_the_settings() -> None:
    body = index_body(Settings(index_shards=3, index_replicas=2, index_refresh="5s"), {}, {})
    assert body["settings"]["index"] == {"number_of_shards": 3, "number_of_replicas": 2, "refresh_interval": "5s"}


@pytest.mark.parametrize(("total", "ranges"), [(0, 1), (4_000, 1), (4_001, 16), (64_001, 256), (2_000_000, 4_096)])
def test_ranges_of_ids_hold_some_thousand_documents_at_most(total: int, ranges: int) -> None:
    found = prefixes(total)
    assert len(found) == ranges
    assert total / len(found) <= 4_000
    assert len({len(prefix) for prefix in found}) == 1
    assert found == sorted(set(found))

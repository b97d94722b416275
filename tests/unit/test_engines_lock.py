"""The lock file of the jars: exact versions, digests, and one place for each jar."""

import re
from collections import Counter

from ops.engines.jars import LOCK_FILE, locked_jars
from ops.engines.local import PARTS
from ops.engines.opensearch import MODULES, VERSION

JARS = locked_jars(PARTS)


def test_every_jar_has_an_exact_version_a_digest_and_a_size() -> None:
    for jar in JARS:
        assert re.fullmatch(r"[\w.\-]+:[\w.\-]+:\d[\w.\-]*", jar.coordinate)
        assert not jar.coordinate.endswith("-SNAPSHOT")
        assert re.fullmatch(r"[0-9a-f]{64}", jar.sha256)
        assert jar.size > 0


def test_the_engines_are_those_that_the_documents_name() -> None:
    coordinates = {jar.coordinate for jar in JARS}
    assert "org.apache.kafka:kafka_2.13:4.3.1" in coordinates
    assert f"org.opensearch:opensearch:{VERSION}" in coordinates
    assert "com.icegreen:greenmail-standalone:2.1.3" in coordinates


def test_every_module_of_the_search_engine_has_its_jars() -> None:
    assert {jar.place for jar in JARS if "/" in jar.place} == {f"opensearch/{name}" for name in MODULES}


def test_no_place_holds_one_jar_in_two_versions() -> None:
    counted = Counter((jar.place, jar.coordinate.rsplit(":", 1)[0]) for jar in JARS)
    assert [name for name, count in counted.items() if count > 1] == []


def test_a_module_holds_nothing_that_the_engine_itself_has() -> None:
    library = {jar.coordinate.rsplit(":", 1)[0] for jar in JARS if jar.place == "opensearch"}
    modules = {jar.coordinate.rsplit(":", 1)[0] for jar in JARS if "/" in jar.place}
    assert library & modules == set()


def test_no_address_of_a_registry_is_in_the_lock() -> None:
    assert "://" not in LOCK_FILE.read_text(encoding="utf-8")

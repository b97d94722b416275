"""All poison on the log of cases: the indexer ends itself with exit code 71, and nothing of the run is lost."""

import pytest

from aduan.connections.publisher import Publisher, Record
from aduan.settings import Settings
from tests.case_log import dead_letters, publish_cases
from tests.factories import case_opened, complaint_id
from tests.indexing import keyring_of, lag, set_up, wait_indexed, wait_until
from tests.processes import running, start

POISON = 1_000


def broken(settings: Settings, n: int) -> Record:
    key = complaint_id(n).encode()
    return Record(settings.topics.cases, key, b'{"broken": ', [("ce_type", b"id.aduan.CaseOpened")])


@pytest.mark.parametrize("good_before", [0, 500])
def test_all_poison_stops_the_stage_and_a_restart_does_not_eat_through_it(settings: Settings, good_before: int) -> None:
    set_up(settings)
    publish_cases(settings, [case_opened(n, keyring=keyring_of(settings)) for n in range(good_before)])
    with running(settings, "indexer"):
        wait_indexed(settings)
    publisher = Publisher(settings, "tests")
    publisher.publish([broken(settings, n) for n in range(POISON)])
    publisher.close()
    for _ in range(3):
        assert start(settings, "indexer").wait(60) == 71
    # A fetch that holds less than the limit becomes dead letters; a run that is longer never does.
    assert len(dead_letters(settings)) < POISON / 2
    assert lag(settings) > POISON / 2
    assert b"ADUAN_POISON_LIMIT" in (settings.data_dir / "indexer.log").read_bytes()


def test_some_poison_among_good_messages_stops_nothing(settings: Settings) -> None:
    set_up(settings)
    keyring = keyring_of(settings)
    with running(settings, "indexer") as process:
        publisher = Publisher(settings, "tests")
        for n in range(0, 3_000, 100):
            publish_cases(settings, [case_opened(one, keyring=keyring) for one in range(n, n + 90)])
            publisher.publish([broken(settings, one) for one in range(n, n + 10)])
        publisher.close()
        wait_indexed(settings)
        wait_until(lambda: len(dead_letters(settings)) == 300, 30)
        assert process.poll() is None

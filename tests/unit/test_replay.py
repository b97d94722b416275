"""Which dead letters are meant, and in what order their originals are published again."""

from pathlib import Path

import pytest

from aduan.dead_letters import build_dead_letter
from aduan.keyring import Keyring
from consumers.dead_letters import REPLAYED_FROM, Wanted, _Sorted, names_of, original_record
from schemas.codec import encode
from schemas.errors import InvalidError, Reason
from schemas.events import CaseEvent, DeadLetter
from tests.factories import NOW, case_acknowledged, case_opened, case_resolved

TOPIC, GROUP = "complaints.cases", "aduan.indexer.1"


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "keyring")


def letter(keyring: Keyring, event: CaseEvent, offset: int, reason: Reason, *, group: str = GROUP) -> DeadLetter:
    key, value, headers = encode(event, source="/tests")
    return build_dead_letter(
        reason=reason,
        group=group,
        topic=TOPIC,
        partition=0,
        offset=offset,
        key=key,
        value=value,
        headers=headers,
        key_ring_key=keyring.current(NOW),
        now=NOW,
    )


def test_a_letter_has_three_names(keyring: Keyring) -> None:
    one = letter(keyring, case_opened(1), 7, Reason.CONFLICT)
    assert names_of(one) == {one.event_id, f"{TOPIC}/0/7", f"{TOPIC}/0/7/{GROUP}"}


def test_letters_are_chosen_by_reason_by_name_or_all(keyring: Keyring) -> None:
    one = letter(keyring, case_opened(1), 7, Reason.CONFLICT)
    assert Wanted().takes(one)
    assert Wanted(reason=Reason.CONFLICT).takes(one)
    assert not Wanted(reason=Reason.BLOCKED).takes(one)
    assert Wanted(names=frozenset({f"{TOPIC}/0/7"})).takes(one)
    assert not Wanted(names=frozenset({f"{TOPIC}/0/8"})).takes(one)


def chosen(folder: Path, letters: list[DeadLetter], wanted: Wanted) -> list[tuple[int, bool]]:
    """(offset of the original, whether it was wanted itself), as a replay publishes them."""
    folder.mkdir(exist_ok=True)
    found = _Sorted(folder)
    for one in letters:
        found.add(one, wanted=wanted.takes(one))
    order = [(one.offset, was_wanted) for one, was_wanted in found.in_order()]
    found.close()
    return order


def test_originals_are_published_in_the_order_of_the_log_whatever_the_order_of_the_letters(
    keyring: Keyring, tmp_path: Path
) -> None:
    letters = [letter(keyring, case_resolved(n), n, Reason.BLOCKED) for n in (30, 4, 11)]
    assert chosen(tmp_path / "db", letters, Wanted()) == [(4, True), (11, True), (30, True)]


def test_an_opening_takes_the_blocked_events_of_its_case_along_and_no_others(keyring: Keyring, tmp_path: Path) -> None:
    letters = [
        letter(keyring, case_resolved(1), 9, Reason.BLOCKED),
        letter(keyring, case_acknowledged(1), 5, Reason.BLOCKED),
        letter(keyring, case_resolved(2), 6, Reason.BLOCKED),
        letter(keyring, case_opened(1), 3, Reason.REFUSED_BY_MAPPING),
    ]
    wanted = Wanted(reason=Reason.REFUSED_BY_MAPPING)
    assert chosen(tmp_path / "db", letters, wanted) == [(3, True), (5, False), (9, False)]


def test_an_original_that_two_groups_could_not_use_is_published_once(keyring: Keyring, tmp_path: Path) -> None:
    letters = [
        letter(keyring, case_opened(1), 3, Reason.MALFORMED_JSON),
        letter(keyring, case_opened(1), 3, Reason.MALFORMED_JSON, group="aduan.escalator"),
    ]
    assert chosen(tmp_path / "db", letters, Wanted()) == [(3, True)]


def test_a_replayed_record_says_where_it_comes_from_once(keyring: Keyring) -> None:
    one = letter(keyring, case_opened(1), 7, Reason.CONFLICT)
    key, value, headers = encode(case_opened(1), source="/tests")
    record = original_record(keyring, one)
    assert (record.topic, record.partition, record.key, record.value) == (TOPIC, 0, key, value)
    assert record.headers == [*headers, (REPLAYED_FROM, f"{TOPIC}/0/7/{GROUP}".encode())]


def test_a_letter_of_a_destroyed_key_is_unsealable(keyring: Keyring) -> None:
    one = letter(keyring, case_opened(1), 7, Reason.CONFLICT)
    keyring.destroy_expired(NOW.replace(year=2028), retention_days=90)
    with pytest.raises(InvalidError):
        original_record(keyring, one)

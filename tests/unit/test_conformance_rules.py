"""What the conformance kit says of what it saw, rule by rule."""

import struct
from dataclasses import replace

import pytest

from ops.conformance.deliveries import Delivery
from ops.conformance.feed import make_feed, mark_in
from ops.conformance.frames import acks_of
from ops.conformance.phases import Report, Seen
from ops.conformance.rules import Finding, Verdict, findings

MARKS = ("[uji-quiet-000-aaaaaa]", "[uji-quiet-001-bbbbbb]")
FINE = tuple(
    Delivery(mark, f"key-{number}", complaint_id=f"id-{number}", partition_right=True)
    for number, mark in enumerate(MARKS)
)
PHASES = ("quiet", "again", "before", "after", "away")


def report(kind: str = "kafka", *changed: Seen, acks: frozenset[int] = frozenset({-1})) -> Report:
    """A good adapter's report, with some phases as given."""
    seen = {name: Seen(name, MARKS, FINE) for name in PHASES}
    seen["again"] = Seen("again", MARKS, FINE + tuple(replace(one) for one in FINE))
    if kind == "http":
        refused = Delivery(MARKS[1], "key-1", reason="refused_on_purpose")
        seen["refusal"] = Seen("refusal", MARKS, (FINE[0], refused), refused=MARKS[1])
    return Report(kind, tuple((seen | {one.phase: one for one in changed}).values()), acks)


def judged(seen: Report) -> dict[str, Finding]:
    return {one.rule: one for one in findings(seen)}


def broken(seen: Report) -> set[str]:
    return {rule for rule, one in judged(seen).items() if one.verdict is Verdict.BROKEN}


def quiet(*deliveries: Delivery) -> Seen:
    return Seen("quiet", MARKS, deliveries)


@pytest.mark.parametrize("kind", ["kafka", "http"])
def test_a_good_adapter_holds_every_rule(kind: str) -> None:
    assert {one.verdict for one in findings(report(kind))} == {Verdict.HELD}


def test_rules_of_kafka_say_nothing_to_an_adapter_that_posts() -> None:
    assert judged(report("kafka")).keys() - judged(report("http")).keys() == {"partitioned", "acknowledged"}


@pytest.mark.parametrize(
    ("phase", "rule"),
    [("quiet", "delivers"), ("before", "killed_before"), ("after", "killed_after"), ("away", "outage")],
)
def test_a_message_that_never_became_a_complaint_breaks_the_rule_of_its_phase(phase: str, rule: str) -> None:
    found = report("kafka", Seen(phase, MARKS, FINE[:1]))
    assert broken(found) == {rule}
    assert judged(found)[rule].found == "1 of 2 messages never became a complaint"


def test_a_phase_that_met_nothing_is_not_tried_rather_than_held() -> None:
    found = report("kafka", Seen("before", MARKS, (), met=0))
    assert judged(found)["killed_before"].verdict is Verdict.NOT_TRIED


def test_an_adapter_that_does_nothing_holds_no_rule() -> None:
    nothing = [Seen(name, MARKS, (), met=0) for name in PHASES]
    found = judged(report("kafka", *nothing, acks=frozenset()))
    assert {rule for rule, one in found.items() if one.verdict is Verdict.HELD} == set()
    assert found["valid"].verdict is Verdict.NOT_TRIED


def test_a_refused_message_is_told_by_field() -> None:
    wrong = Delivery(MARKS[0], "key-0", reason="invalid_event", wrong=("text: Field required",), partition_right=True)
    found = report("kafka", quiet(*FINE, wrong))
    assert broken(found) == {"valid"}
    assert "invalid_event (text: Field required)" in judged(found)["valid"].found


@pytest.mark.parametrize("key", [None, "another"])
def test_a_key_that_is_missing_or_changes_is_found(key: str | None) -> None:
    assert broken(report("kafka", quiet(replace(FINE[0], key=key), FINE[1]))) == {"keyed"}


def test_a_message_that_became_two_complaints_is_found() -> None:
    assert broken(report("kafka", quiet(replace(FINE[0], complaint_id="id-9"), FINE[1]))) == {"once"}


def test_another_body_under_a_key_is_found() -> None:
    conflict = Delivery(MARKS[0], "key-0", reason="conflict", partition_right=True)
    assert broken(report("kafka", quiet(*FINE, conflict))) == {"same_body"}


def test_a_partition_of_its_own_choice_is_found() -> None:
    assert broken(report("kafka", quiet(replace(FINE[0], partition_right=False), FINE[1]))) == {"partitioned"}


@pytest.mark.parametrize("acks", [0, 1])
def test_less_than_acks_all_is_found(acks: int) -> None:
    assert broken(report(acks=frozenset({-1, acks}))) == {"acknowledged"}


def test_an_adapter_that_hammers_is_told_how_often_it_did() -> None:
    found = report("http", Seen("away", MARKS, FINE, met=500))
    assert broken(found) == {"patient"}
    assert judged(found)["patient"].found == "500 attempts in 3 s"


def test_a_refused_message_that_is_sent_for_ever_is_found() -> None:
    again = [Delivery(MARKS[1], "key-1", reason="refused_on_purpose") for _ in range(4)]
    assert broken(report("http", Seen("refusal", MARKS, (FINE[0], *again), refused=MARKS[1]))) == {"refusal"}


def test_the_mark_of_a_feeds_message_is_found_in_any_text(tmp_path_factory: pytest.TempPathFactory) -> None:
    feed = make_feed(tmp_path_factory.mktemp("feed"), "quiet", 3)
    assert len(set(feed.marks)) == 3
    assert mark_in(f"Judul\n\nkata {feed.marks[1]} kata") == feed.marks[1]
    assert mark_in("uji") is None


def produce(version: int, acks: int) -> bytes:
    """A produce request up to its acks, as the protocol's guide writes it."""
    head = struct.pack(">hhi", 0, version, 7) + struct.pack(">h", 3) + b"uji"
    if version >= 9:
        return head + b"\0" + b"\0" + struct.pack(">h", acks)
    transactional = struct.pack(">h", -1) if version >= 3 else b""
    return head + transactional + struct.pack(">h", acks)


@pytest.mark.parametrize("version", [2, 3, 8, 9, 13])
@pytest.mark.parametrize("acks", [-1, 0, 1])
def test_the_acknowledgement_asked_for_is_read_from_any_version_of_produce(version: int, acks: int) -> None:
    assert acks_of(produce(version, acks)) == acks


def test_other_requests_ask_for_none_and_rubbish_is_no_request() -> None:
    assert acks_of(struct.pack(">hhi", 18, 3, 1) + b"\0\0") is None
    with pytest.raises(ValueError, match="not a Kafka request"):
        acks_of(b"\0")

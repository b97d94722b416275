"""The demo's verdict: exit code 0 only if every sample is exactly one document."""

from collections import Counter

from ops.demo.feed import Fed
from ops.demo.ledger import Ledger
from ops.demo.poison import BROKEN
from ops.demo.summary import verdict
from schemas.events import NO_COMPLAINT

EXPECTED = {"web": 2, "email": 1, "social": 1}


def _fed() -> Fed:
    return Fed(accepted={"web": 2, "email": 1, "social": 1})


def _ledger() -> Ledger:
    accepted = {"a": "web", "b": "web", "c": "email", "d": "social"}
    return Ledger(accepted, Counter(accepted.keys()), Counter({NO_COMPLAINT: len(BROKEN)}))


def test_nothing_is_wrong_when_every_sample_is_one_document() -> None:
    assert verdict(_fed(), _ledger(), EXPECTED) == []


def test_a_lost_complaint_is_named() -> None:
    ledger = _ledger()
    del ledger.documents["c"]
    assert verdict(_fed(), ledger, EXPECTED) == ["lost: c is neither a document nor a dead letter"]


def test_a_doubled_document_is_named() -> None:
    ledger = _ledger()
    ledger.documents["c"] += 1
    assert verdict(_fed(), ledger, EXPECTED) == ["doubled: c is more than one document"]


def test_a_complaint_that_became_a_dead_letter_is_named() -> None:
    ledger = _ledger()
    ledger.dead["c"] += 1
    assert verdict(_fed(), ledger, EXPECTED) == ["dead letter: c"]


def test_a_refused_sample_is_named_with_the_answer() -> None:
    fed = _fed()
    fed.accepted["web"] = 1
    fed.refused.append("W002: HTTP 503")
    problems = verdict(fed, _ledger(), EXPECTED)
    assert problems == ["refused by its door: W002: HTTP 503", "web: 2 samples, 1 accepted"]


def test_a_broken_message_without_its_dead_letter_is_noticed() -> None:
    ledger = _ledger()
    ledger.dead[NO_COMPLAINT] -= 1
    assert verdict(_fed(), ledger, EXPECTED) == ["3 broken messages were put in, 2 dead letters came out"]

"""The bodies of bulk requests, and the verdicts on answers as OpenSearch 3.8 and Elasticsearch 9 give them."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.bulk import FILTER_PATH, Action, Verdict, bodies, judge, verdicts
from schemas.errors import UnavailableError


def failed(status: int, *types: str) -> dict[str, Any]:
    """A result with an error and its causes, as an engine nests them."""
    error: dict[str, Any] = {}
    for kind in reversed(types):
        error = {"type": kind, **({"caused_by": error} if error else {})}
    return {"status": status, "error": error}


RESULTS = [
    # What was asked for
    ("created", {"status": 201}, Verdict.DONE),
    ("replaced", {"status": 200}, Verdict.DONE),
    # Somebody else wrote it: both engines
    ("create of what is there", failed(409, "version_conflict_engine_exception"), Verdict.CONFLICT),
    # The document's fault: OpenSearch 3.8
    ("a number out of range", failed(400, "mapper_parsing_exception", "input_coercion_exception"), Verdict.REFUSED),
    ("a wrong date", failed(400, "mapper_parsing_exception", "illegal_argument_exception"), Verdict.REFUSED),
    ("an unknown field", failed(400, "strict_dynamic_mapping_exception"), Verdict.REFUSED),
    (
        "an immense term",
        failed(400, "illegal_argument_exception", "max_bytes_length_exceeded_exception"),
        Verdict.REFUSED,
    ),
    # The document's fault: Elasticsearch 8 and 9
    ("a wrong date", failed(400, "document_parsing_exception", "illegal_argument_exception"), Verdict.REFUSED),
    (
        "an unknown field",
        failed(400, "document_parsing_exception", "strict_dynamic_mapping_exception"),
        Verdict.REFUSED,
    ),
    # The world's: OpenSearch 3.8
    ("a write block", failed(403, "cluster_block_exception"), Verdict.UNAVAILABLE),
    ("a full disk", failed(429, "cluster_block_exception"), Verdict.UNAVAILABLE),
    ("a closed index", failed(400, "index_closed_exception"), Verdict.UNAVAILABLE),
    ("a missing index", failed(404, "index_not_found_exception"), Verdict.UNAVAILABLE),
    ("an alias without a write index", failed(400, "illegal_argument_exception"), Verdict.UNAVAILABLE),
    ("a full queue", failed(429, "rejected_execution_exception"), Verdict.UNAVAILABLE),
    ("a full memory", failed(429, "circuit_breaking_exception"), Verdict.UNAVAILABLE),
    ("no primary shard", failed(503, "unavailable_shards_exception"), Verdict.UNAVAILABLE),
    # The world's: Elasticsearch 8 and 9
    ("a full queue", failed(429, "es_rejected_execution_exception"), Verdict.UNAVAILABLE),
    ("no permission", failed(403, "security_exception"), Verdict.UNAVAILABLE),
    # What nobody has seen yet
    ("an unknown error", failed(400, "a_new_exception"), Verdict.UNAVAILABLE),
    ("a listed error with another status", failed(500, "mapper_parsing_exception"), Verdict.UNAVAILABLE),
    ("a conflict of another kind", failed(409, "a_new_exception"), Verdict.UNAVAILABLE),
    ("an error that is a word", {"status": 400, "error": "mapper_parsing_exception"}, Verdict.UNAVAILABLE),
    ("no status", {}, Verdict.UNAVAILABLE),
    ("a strange status", {"status": 202}, Verdict.UNAVAILABLE),
]


@pytest.mark.parametrize(("what", "result", "verdict"), RESULTS, ids=[f"{row[0]}-{row[2].value}" for row in RESULTS])
def test_each_result_has_its_verdict(what: str, result: dict[str, Any], verdict: Verdict) -> None:
    assert judge(result) is verdict, what


def test_verdicts_are_in_the_order_of_the_actions() -> None:
    answer = {"items": [{"create": {"status": 201}}, {"index": failed(409, "version_conflict_engine_exception")}]}
    assert verdicts(answer, 2) == [Verdict.DONE, Verdict.CONFLICT]


@pytest.mark.parametrize("answer", [{}, {"items": []}, {"items": [{"create": {"status": 201}}] * 3}])
def test_an_answer_for_another_number_of_actions_says_nothing_about_any(answer: dict[str, Any]) -> None:
    with pytest.raises(UnavailableError, match="of 2 actions"):
        verdicts(answer, 2)


def test_the_engine_is_never_asked_for_its_messages() -> None:
    assert "reason" not in FILTER_PATH


def test_a_first_write_is_a_create_and_a_later_one_holds_to_what_was_read() -> None:
    create = Action("cases-1", "id-1", b'{"a":1}').lines().splitlines()
    replace = Action("cases-1", "id-1", b'{"a":2}', 7, 2).lines().splitlines()
    assert json.loads(create[0]) == {"create": {"_index": "cases-1", "_id": "id-1"}}
    assert json.loads(replace[0]) == {
        "index": {"_index": "cases-1", "_id": "id-1", "if_seq_no": 7, "if_primary_term": 2}
    }
    assert (create[1], replace[1]) == (b'{"a":1}', b'{"a":2}')


def test_no_body_is_made_of_nothing() -> None:
    assert list(bodies([])) == []


def test_an_action_larger_than_a_body_goes_alone() -> None:
    small, large = Action("i", "s", b"{}"), Action("i", "l", b"x" * 500)
    assert [count for count, _ in bodies([small, large, small], most=100)] == [1, 1, 1]


@given(st.lists(st.integers(1, 300), max_size=40), st.integers(50, 1_000))
def test_bodies_hold_every_action_once_in_order_and_keep_to_their_size(sizes: list[int], most: int) -> None:
    actions = [Action("i", str(number), b"x" * size) for number, size in enumerate(sizes)]
    made = list(bodies(actions, most))
    assert b"".join(body for _, body in made) == b"".join(action.lines() for action in actions)
    assert sum(count for count, _ in made) == len(actions)
    assert all(len(body) <= most or count == 1 for count, body in made)

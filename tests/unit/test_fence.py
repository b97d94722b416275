"""The fence: who may see confidential cases. It fails closed."""

import pytest

from aduan.tokens import Caller, Role
from portal.fence import Query, fenced, visible_to
from portal.problems import ProblemError

OPEN = {"terms": {"kerahasiaan": ["anonim", "publik"]}}


@pytest.mark.parametrize("role", [Role.STAFF, Role.SUPERVISOR])
def test_staff_see_open_cases_and_all_of_their_own_unit(role: Role) -> None:
    clauses = visible_to(Caller("sari", role, "ult"))["bool"]
    assert clauses == {"should": [OPEN, {"term": {"unit": "ult"}}], "minimum_should_match": 1}


def test_staff_without_a_unit_see_no_confidential_case() -> None:
    assert visible_to(Caller("sari", Role.STAFF))["bool"]["should"] == [OPEN]


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.ADMIN])
def test_the_named_roles_see_all(role: Role) -> None:
    assert visible_to(Caller("itjen", role)) == {"match_all": {}}


@pytest.mark.parametrize("role", [Role.ADAPTER, Role.CLERK])
def test_those_who_only_send_see_nothing(role: Role) -> None:
    with pytest.raises(ProblemError) as refused:
        visible_to(Caller("sender", role, "ult"))
    assert refused.value.status == 403


def test_every_role_has_a_rule() -> None:
    for role in Role:
        if role not in {Role.ADAPTER, Role.CLERK}:
            assert visible_to(Caller("x", role, "ult"))


def test_the_fence_is_a_filter_beside_the_query_so_that_no_clause_of_it_can_widen_it() -> None:
    caller = Caller("sari", Role.STAFF, "ult")
    query: Query = {"bool": {"should": [{"match_all": {}}]}}
    assert fenced(query, caller) == {"bool": {"must": [query], "filter": [visible_to(caller)]}}

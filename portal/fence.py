"""The fence (guarantee 10): which cases a caller may see. One function wraps every query; nothing else asks the index.

Fail closed: confidentiality codes that are not known to be open are treated as `rahasia`.
"""

from typing import Any, Final, NewType

from aduan.tokens import Caller, Role
from portal.problems import ProblemError

Query = dict[str, Any]
Fenced = NewType("Fenced", Query)
"""A query that a function of this module has put a fence around: what the public's pages may ask (`IndexReader`)."""
OPEN: Final = ("anonim", "publik")
"""Confidentiality of the cases that any staff may read."""
_SEE_ALL: Final = frozenset({Role.INSPECTOR, Role.ADMIN})
_SEE_OWN: Final = frozenset({Role.STAFF, Role.SUPERVISOR})


def fenced(query: Query, caller: Caller) -> Query:
    """The query, restricted to what the caller may see. ProblemError(403) for callers that may see nothing."""
    return {"bool": {"must": [query], "filter": [visible_to(caller)]}}


def visible_to(caller: Caller) -> Query:
    """The filter of the cases that the caller may see."""
    if caller.role in _SEE_ALL:
        return {"match_all": {}}
    if caller.role not in _SEE_OWN:
        raise ProblemError.forbidden("this token is for sending complaints, not for reading them")
    visible: list[Query] = [{"terms": {"kerahasiaan": list(OPEN)}}]
    if caller.unit is not None:
        visible.append({"term": {"unit": caller.unit}})
    return {"bool": {"should": visible, "minimum_should_match": 1}}


def public(query: Query) -> Fenced:
    """The query among the cases that anybody may see: those that are `publik`, and whose text nobody had erased."""
    open_to_all = {"term": {"kerahasiaan": "publik"}}
    erased = {"exists": {"field": "erased_at"}}
    return Fenced({"bool": {"must": [query], "filter": [open_to_all], "must_not": [erased]}})


def numbered(tracking_number: str) -> Fenced:
    """The case of a tracking number, for finding its id alone: whoever asks shows the secret before reading more."""
    return Fenced({"bool": {"filter": [{"term": {"tracking_number": tracking_number}}]}})


def holder(complaint_id: str) -> Fenced:
    """The one case of a reporter who has shown its secret; the caller has checked it."""
    return Fenced({"bool": {"filter": [{"term": {"complaint_id": complaint_id}}]}})

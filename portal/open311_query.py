"""From the parameters of `GET /open311/v2/requests` to a query inside the public fence. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from aduan.open311_file import open311_file
from aduan.tracking import parse_tracking_number
from portal.fence import Fenced, Query, public
from producers.open311.asking import wrong
from producers.open311.catalogue import is_service

MOST: Final = 1_000
SPAN: Final = timedelta(days=90)
CLOSED: Final = ("resolved",)
"""Statuses of a document that Open311 calls closed; every other is open."""
_MOST_IDS: Final = 100
_W3: Final = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)"
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST: Final = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RequestsWanted:
    """What to look for, and how many at most."""

    query: Fenced
    most: int = MOST


def requests_wanted(given: Mapping[str, str], now: datetime) -> RequestsWanted:
    """The query; ProblemError(400) names a wrong parameter. `service_request_id` overrides all others."""
    codes = _codes(given["service_code"]) if "service_code" in given else None
    statuses = set(_listed("status", given["status"], ("open", "closed"))) if "status" in given else set()
    start, end = (_time(name, given[name]) if name in given else None for name in ("start_date", "end_date"))
    if "service_request_id" in given:
        numbers: Query = {"terms": {"tracking_number": _numbers(given["service_request_id"])}}
        return RequestsWanted(_among_services([numbers]), _MOST_IDS)
    after, before = _span(start, end, now)
    clauses: list[Query] = [{"range": {"received_at": {"gte": after.isoformat(), "lte": before.isoformat()}}}]
    if len(statuses) == 1:
        closed: Query = {"terms": {"status": list(CLOSED)}}
        clauses.append(closed if statuses == {"closed"} else {"bool": {"must_not": [closed]}})
    return RequestsWanted(_among_services(clauses, codes))


def request_wanted(reference: str) -> Fenced | None:
    """The query for one tracking number; None when it is no such number."""
    number = parse_tracking_number(reference)
    return None if number is None else _among_services([{"term": {"tracking_number": number}}])


def _among_services(clauses: list[Query], codes: list[str] | None = None) -> Fenced:
    """What is no complaint at all (spam, tests) is in no service, and is not shown."""
    known = {"terms": {"kategori": codes if codes is not None else sorted(open311_file().services)}}
    return public({"bool": {"filter": [*clauses, known]}})


def _numbers(value: str) -> list[str]:
    """Those that can be numbers; another finds nothing, like a number that nobody was given."""
    parts = value.split(",")
    if len(parts) > _MOST_IDS:
        raise wrong("service_request_id", f"may hold at most {_MOST_IDS} numbers")
    return [number for part in parts if (number := parse_tracking_number(part)) is not None]


def _codes(value: str) -> list[str]:
    codes = value.split(",")
    if not all(map(is_service, codes)):
        raise wrong("service_code", "must be codes of /open311/v2/services, by comma")
    return sorted(set(codes))


def _listed(name: str, value: str, known: tuple[str, ...]) -> list[str]:
    parts = value.split(",")
    if not set(parts) <= set(known):
        raise wrong(name, f"must be of {', '.join(known)}, by comma")
    return parts


def _span(start: datetime | None, end: datetime | None, now: datetime) -> tuple[datetime, datetime]:
    """From and to, at most 90 days apart; one alone fixes the other, none is the last 90 days."""
    if start is None:
        end = end or now
        return end - SPAN, end
    if end is None:
        return start, start + SPAN
    if end < start:
        raise wrong("end_date", "must not be before start_date")
    if end - start > SPAN:
        raise wrong("end_date", f"must be within {SPAN.days} days of start_date")
    return start, end


def _time(name: str, value: str) -> datetime:
    """A time with its zone, brought into the years that a search engine can hold."""
    if re.fullmatch(_W3, value, re.ASCII):
        try:
            parsed = datetime.fromisoformat(value.upper())
            return min(max(parsed.astimezone(UTC), _FIRST + SPAN), _LAST)
        except OverflowError:
            return _FIRST + SPAN if parsed.year < _FIRST.year else _LAST
        except ValueError:
            pass
    raise wrong(name, "must be a time with its zone, like 2026-11-24T00:00:00Z")

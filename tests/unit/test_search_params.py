"""The parameters of a search: each is checked, and a wrong one is named without quoting its value."""

from datetime import UTC, datetime

import pytest

from portal.params import SORTS, SearchRequest, parse_params, search_after_text
from portal.problems import ProblemError

ID = "00000000-0000-8000-8000-000000000001"


def parsed(**given: str) -> SearchRequest:
    return parse_params(given.items())


def test_without_parameters_the_newest_come_first_in_pages_of_twenty_five() -> None:
    request = parsed()
    assert (request.size, request.frm, request.sort) == (25, 0, "created_date_desc")
    assert request.aggregations
    assert request.highlights


def test_with_words_the_most_relevant_come_first() -> None:
    assert parsed(search_term=" guru ").sort == "relevance_desc"
    assert parsed(search_term="   ").sort == "created_date_desc"


def test_days_are_those_of_jakarta_and_the_last_one_is_included() -> None:
    request = parsed(date_received_min="2026-11-24", date_received_max="2026-11-24")
    assert request.received_min == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert request.received_before == datetime(2026, 11, 24, 17, tzinfo=UTC)


def test_a_moment_keeps_its_zone() -> None:
    assert parsed(date_received_min="2026-11-24T09:00:00+09:00").received_min == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize("value", ["2026-11-24T09:00:00", "24-11-2026", "9999-12-31", "now"])
def test_a_moment_without_a_zone_or_meaning_is_refused(value: str) -> None:
    with pytest.raises(ProblemError):
        parsed(date_received_max=value)


def test_a_facet_may_be_given_again_and_negated() -> None:
    request = parse_params([("kategori", "pip"), ("kategori", "bos"), ("kategori", "pip"), ("not_status", "resolved")])
    assert request.facets == {"kategori": ("pip", "bos")}
    assert request.not_facets == {"status": ("resolved",)}


@pytest.mark.parametrize("sort", SORTS)
def test_what_a_page_ends_with_is_where_the_next_goes_on(sort: str) -> None:
    values = [6.5 if key == "_score" else 1_795_489_201_000 for key, _ in SORTS[sort]]
    request = parsed(sort=sort, search_after=search_after_text([*values, ID]))
    assert request.search_after == (*values, ID)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"search_after": f"1795489201000_{ID}", "frm": "25"}, "frm"),
        ({"search_after": ID}, "search_after"),
        ({"search_after": f"nan_{ID}"}, "search_after"),
        ({"size": "0"}, "size"),
        ({"size": "²"}, "size"),
        ({"frm": "-1"}, "frm"),
        ({"no_aggs": "yes"}, "no_aggs"),
        ({"unit": "nowhere"}, "unit"),
        ({"kabupaten": "31"}, "kabupaten"),
        ({"language": "a b"}, "language"),
        ({"not_jenjang": "kuliah"}, "not_jenjang"),
        ({"q": "guru"}, "q"),
    ],
)
def test_a_wrong_parameter_is_named(given: dict[str, str], field: str) -> None:
    with pytest.raises(ProblemError) as refused:
        parsed(**given)
    assert refused.value.field == field


def test_a_single_parameter_given_twice_is_refused() -> None:
    with pytest.raises(ProblemError) as refused:
        parse_params([("size", "10"), ("size", "20")])
    assert refused.value.field == "size"


def test_a_refusal_does_not_quote_the_value() -> None:
    with pytest.raises(ProblemError) as refused:
        parsed(kategori="nama pelapor")
    assert "nama pelapor" not in str(refused.value.document())

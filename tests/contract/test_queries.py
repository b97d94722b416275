"""Golden bodies of searches: what the engine is asked for a query string and a caller.

`python -m tests.contract.test_queries` writes them anew; read the difference before you commit it.
"""

import json
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

import pytest

from aduan.acronyms import parse_acronyms
from aduan.tokens import Caller, Role
from portal.fence import visible_to
from portal.params import parse_params
from portal.query import search_body, summary_body

FOLDER: Final = Path(__file__).parent / "queries"
ACRONYMS: Final = parse_acronyms({"acronyms": {"pip": ["program indonesia pintar"], "pppk": ["p3k"]}})
STAFF: Final = Caller("sari", Role.STAFF, "dinas-3171")
CASES: Final[dict[str, tuple[str, Caller]]] = {
    "everything": ("", STAFF),
    "everything_of_an_inspector": ("", Caller("itjen", Role.INSPECTOR)),
    "staff_without_a_unit": ("no_aggs=true", Caller("piket", Role.STAFF)),
    "words": ("search_term=uang+seragam&no_aggs=true", STAFF),
    "phrase_and_unwanted": ('search_term="uang seragam" -sekolah&no_aggs=true', STAFF),
    "only_unwanted": ("search_term=-seragam&no_aggs=true", STAFF),
    "acronym": ("search_term=dana+PIP&no_aggs=true", STAFF),
    "long_form": ("search_term=program+indonesia+pintar+belum+cair&no_aggs=true", STAFF),
    "one_field": ("search_term=seragam&field=title&no_aggs=true&no_highlight=true", STAFF),
    "tracking_number": ("search_term=ADN-G2GD-A8WV-3SY3-Y&no_aggs=true&no_highlight=true", STAFF),
    "query_syntax": ('search_term=title:* AND (guru) /a.*/ "~&no_aggs=true&no_highlight=true', STAFF),
    "facets": ("kategori=pip&kategori=bos&not_provinsi=31&size=10", STAFF),
    "dates_and_depth": (
        (
            "date_received_min=2026-11-01&date_received_max=2026-11-30&sort=created_date_asc&no_aggs=true"
            "&search_after=1795489201000_00000000-0000-8000-8000-000000000001"
        ),
        STAFF,
    ),
    "relevance_in_depth": (
        (
            "search_term=guru&no_aggs=true&no_highlight=true"
            "&search_after=6.0_1795489201000_00000000-0000-8000-8000-000000000001"
        ),
        STAFF,
    ),
}


def body_of(name: str) -> dict[str, Any]:
    query, caller = CASES[name]
    return search_body(parse_params(parse_qsl(query, keep_blank_values=True)), caller, ACRONYMS)


def rendered(name: str) -> str:
    return json.dumps({"query_string": CASES[name][0], "body": body_of(name)}, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", CASES)
def test_the_body_is_the_golden_one(name: str) -> None:
    assert rendered(name) == (FOLDER / f"{name}.json").read_text(encoding="utf-8")


def test_no_golden_file_is_left_without_a_case() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_the_fence_is_around_every_query_and_nothing_steps_around_it(name: str) -> None:
    body = body_of(name)
    assert body["query"]["bool"]["filter"] == [visible_to(CASES[name][1])]
    text = json.dumps(body)
    for way_around in (
        *('"global"', '"min_doc_count": 0', '"suggest"', "significant", "more_like_this", "query_string", "fuzz"),
        *("prefix", "wildcard", "regexp", '"explain"', '"rescore"', '"collapse"', '"runtime_mappings"', '"script'),
    ):
        assert way_around not in text


@pytest.mark.parametrize("name", CASES)
def test_every_score_is_constant(name: str) -> None:
    """A score by the words' rarity would count the cases behind the fence."""

    def scoring(query: Any) -> list[str]:
        if isinstance(query, list):
            return [found for one in query for found in scoring(one)]
        if not isinstance(query, dict):
            return []
        kept = {key: value for key, value in query.items() if key not in {"constant_score", "filter", "must_not"}}
        return [key for key in kept if key.startswith("match")] + scoring(list(kept.values()))

    assert set(scoring(body_of(name)["query"])) <= {"match_all"}


def test_even_the_summary_stands_inside_the_fence() -> None:
    assert summary_body(STAFF)["query"]["bool"]["filter"] == [visible_to(STAFF)]


if __name__ == "__main__":
    for one in CASES:
        (FOLDER / f"{one}.json").write_text(rendered(one), encoding="utf-8")

"""What staff type into the search box: words, phrases, unwanted words; no syntax of any engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.acronyms import parse_acronyms
from portal.problems import ProblemError
from portal.words import MOST_TERMS, Term, Words, parse_words

ACRONYMS = parse_acronyms({"acronyms": {"pip": ["program indonesia pintar"]}})


def parsed(text: str) -> Words:
    return parse_words(text, ACRONYMS)


def test_words_are_wanted_phrases_needed_and_a_minus_makes_unwanted() -> None:
    words = parsed('seragam "uang komite" -sekolah -"dana bos"')
    assert words.wanted == (Term("seragam"),)
    assert words.needed == (Term("uang komite", phrase=True),)
    assert words.unwanted == (Term("sekolah"), Term("dana bos", phrase=True))


def test_an_acronym_brings_its_long_form_and_the_long_form_its_acronym() -> None:
    assert parsed("PIP").wanted == (Term("PIP", synonyms=("program indonesia pintar",)),)
    (term, rest) = parsed("program Indonesia pintar cair").wanted
    assert term == Term("program Indonesia pintar", phrase=True, synonyms=("pip",))
    assert rest == Term("cair")


def test_a_quote_that_is_never_closed_is_no_quote() -> None:
    assert [term.text for term in parsed('"uang seragam').wanted] == ["uang", "seragam"]


def test_punctuation_around_words_is_dropped_and_inside_kept() -> None:
    assert [term.text for term in parsed("(guru)! e-mail, s.pd. 2026/2027 ?").wanted] == [
        *("guru", "e-mail", "s.pd", "2026/2027"),
    ]


@pytest.mark.parametrize("text", ["", "   ", "-", '""', '-""', "?!", "- -"])
def test_a_search_for_nothing_is_no_search(text: str) -> None:
    assert not parsed(text)


def test_a_word_that_is_said_twice_counts_once() -> None:
    assert parsed("guru guru").wanted == (Term("guru"),)


def test_too_long_a_search_is_refused() -> None:
    for text in ("x" * 501, " ".join(f"w{n}" for n in range(MOST_TERMS + 1))):
        with pytest.raises(ProblemError) as refused:
            parsed(text)
        assert refused.value.field == "search_term"


@given(st.text(max_size=80))
def test_any_text_is_parsed_and_no_operator_survives(text: str) -> None:
    words = parsed(text)
    for term in (*words.wanted, *words.needed, *words.unwanted):
        assert term.text
        assert not set(term.text) & set('"*?~^:(){}[]\\!+|&<>=')

"""The tracking number: derived, forgiving to read in, strict about errors."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aduan.tracking import ALPHABET, parse_tracking_number, tracking_number

ID = "0f9a1c3e-77b2-8d4f-9a10-0123456789ab"
uuids = st.integers(0, 2**128 - 1).map(lambda number: str(UUID(int=number)))


def test_the_number_of_a_complaint_never_changes() -> None:
    assert tracking_number(ID) == "ADN-1YD1-RFKQ-PBAF-H"


def test_version_and_variant_of_the_uuid_do_not_matter() -> None:
    assert tracking_number("0f9a1c3e-77b2-4d4f-8a10-0123456789ab") == tracking_number(ID)


def test_every_one_of_the_sixty_bits_matters() -> None:
    base = UUID(ID).int
    free = [bit for bit in range(128) if bit >= 80 or 64 <= bit < 76]
    assert len(free) == 60
    numbers = {tracking_number(str(UUID(int=base ^ (1 << bit)))) for bit in free}
    assert len(numbers | {tracking_number(ID)}) == 61


@pytest.mark.parametrize(
    "written",
    [
        "ADN-1YD1-RFKQ-PBAF-H",
        "adn-1yd1-rfkq-pbaf-h",
        "  ADN 1YD1 RFKQ PBAF H ",
        "1YD1RFKQPBAFH",
        "ADN-IYDL-RFKQ-PBAF-H",
        "AON-1YD1–RFKQ–PBAF–H",
        "Re: [ADN-1YD1-RFKQ-PBAF-H] tanya kabar laporan saya",
    ],
)
def test_a_number_is_read_as_people_write_it(written: str) -> None:
    assert parse_tracking_number(written) == "ADN-1YD1-RFKQ-PBAF-H"


@pytest.mark.parametrize(
    "written", ["", "ADN", "ADN-1YD1-RFKQ-PBAF", "ADN-1YD1-RFKQ-PBAF-H7", "ADN-1YD1-RFKU-PBAF-H", "١٢٣٤٥٦٧٨٩٠١٢٣"]
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert parse_tracking_number(written) is None


@given(uuids, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_noticed(complaint_id: str, place: int, other: str) -> None:
    number = tracking_number(complaint_id)
    symbols = list(number[4:].replace("-", ""))
    changed = symbols[place] != other
    symbols[place] = other
    assert (parse_tracking_number("".join(symbols)) is None) == changed


@given(uuids, st.integers(0, 11))
def test_two_neighbours_that_changed_places_are_noticed(complaint_id: str, place: int) -> None:
    symbols = list(tracking_number(complaint_id)[4:].replace("-", ""))
    differ = symbols[place] != symbols[place + 1]
    symbols[place], symbols[place + 1] = symbols[place + 1], symbols[place]
    assert (parse_tracking_number("".join(symbols)) is None) == differ


@given(st.text())
def test_any_text_is_read_without_an_error(text: str) -> None:
    found = parse_tracking_number(text)
    assert found is None or parse_tracking_number(found) == found

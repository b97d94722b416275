"""Never to the accused: not by a transfer, and not by an escalation that climbs."""

import pytest

from aduan.accused import accuses, contacts_of
from aduan.units import load_units

UNITS = load_units()


def told(unit: str, *accused: str) -> list[str]:
    return [contact.code for contact in contacts_of(UNITS, unit, accused)]


def test_with_nobody_accused_the_whole_chain_is_told() -> None:
    assert told("dinas-1101") == [contact.code for contact in UNITS.chain("dinas-1101")]


def test_an_escalation_climbs_past_the_accused_superior() -> None:
    chain = told("dinas-1101", "bpmp")
    assert chain
    assert not [code for code in chain if code.startswith("bpmp-")]
    assert chain[0].startswith("dinas-1101-")


def test_a_report_against_the_ministry_reaches_the_national_duty_officer_past_all_its_units() -> None:
    assert told("dinas-1101", "kementerian")[-1] == "nasional-piket"
    assert {code.split("-")[0] for code in told("dinas-1101", "kementerian")} == {"dinas", "nasional"}


def test_somebody_is_always_told() -> None:
    for unit in ("ult", "itjen", "bpmp-31", "gone"):
        assert told(unit, "dinas", "bpmp", "lldikti", "kementerian")


@pytest.mark.parametrize(("accused", "unit", "barred"), [("dinas", "dinas-1101", True), ("dinas", "bpmp-11", False)])
def test_a_unit_of_the_accused_kind_is_barred(accused: str, unit: str, barred: bool) -> None:
    assert accuses([accused], unit) is barred


def test_an_unknown_kind_of_office_bars_nobody() -> None:
    assert not accuses(["sekolah_apa_saja"], "dinas-1101")

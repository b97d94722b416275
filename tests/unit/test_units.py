"""Units: every province and kabupaten/kota has its own, and every case has somebody to tell."""

import re
from copy import deepcopy
from typing import Any

import pytest

from aduan.datafiles import load_yaml
from aduan.regions import provinces, regencies
from aduan.units import MAX_LEVELS, load_units, parse_units
from schemas.errors import SettingsError


def test_every_province_has_an_institute_an_office_and_a_higher_education_institute() -> None:
    units = load_units()
    assert len(provinces()) == 38
    for province in provinces():
        assert f"bpmp-{province.code}" in units
        assert f"dinas-{province.code}" in units
        assert units.lldikti(province.code) in units


def test_every_kabupaten_and_kota_has_its_office() -> None:
    units = load_units()
    codes = [regency.code for province in provinces() for regency in regencies(province.code)]
    assert len(codes) == 514
    assert all(f"dinas-{code}" in units for code in codes)
    assert "dinas-3299" not in units


def test_codes_and_contacts_fit_the_events() -> None:
    units = load_units()
    code = re.compile(r"[a-z0-9_-]{1,60}")
    for name in units.codes():
        unit = units.get(name)
        assert unit is not None
        assert code.fullmatch(unit.code)
        assert unit.contacts
        assert all(code.fullmatch(contact.code) for contact in unit.contacts)
        assert all(contact.address.endswith(".example") for contact in unit.contacts)


def test_every_chain_is_short_and_ends_with_the_national_duty_officer() -> None:
    units = load_units()
    for name in units.codes():
        chain = units.chain(name)
        assert 1 <= len(chain) <= MAX_LEVELS
        assert chain[-1].code == "nasional-piket"
        assert len({contact.code for contact in chain}) == len(chain)


def test_an_office_tells_its_institute_after_itself() -> None:
    told = [contact.code for contact in load_units().chain("dinas-3273")]
    assert told[:4] == ["dinas-3273-petugas", "dinas-3273-kepala", "bpmp-32-petugas", "bpmp-32-kepala"]


def test_a_unit_that_is_gone_has_the_service_desk_to_tell() -> None:
    units = load_units()
    assert units.get("lpmp-32") is None
    assert units.chain("lpmp-32") == units.chain("ult")
    assert units.zone("lpmp-32") == units.zone("ult")


@pytest.mark.parametrize(
    ("unit", "zone"),
    [
        ("ult", "Asia/Jakarta"),
        ("bpmp-51", "Asia/Makassar"),
        ("dinas-9171", "Asia/Jayapura"),
        ("lldikti-9", "Asia/Makassar"),
    ],
)
def test_a_unit_keeps_the_time_of_its_region(unit: str, zone: str) -> None:
    assert load_units().zone(unit).key == zone


def test_the_larger_institutes_bear_their_own_name() -> None:
    units = load_units()
    assert getattr(units.get("bpmp-32"), "name_id", "") == "BBPMP Provinsi Jawa Barat"
    assert getattr(units.get("bpmp-51"), "name_id", "") == "BPMP Provinsi Bali"


def test_a_unit_can_have_its_own_contacts() -> None:
    raw = deepcopy(load_yaml("units.yaml"))
    raw["contacts"] = {"bpmp-32": [{"role": "petugas", "address": "aduan@bbpmp.example"}]}
    assert parse_units(raw).chain("bpmp-32")[0].address == "aduan@bbpmp.example"


def change(path: str, value: object) -> dict[str, Any]:
    raw = deepcopy(load_yaml("units.yaml"))
    *parents, last = path.split(".")
    here: Any = raw
    for key in parents:
        here = here[key]
    here[last] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("units.ult.superior", "nowhere", "ult.superior"),
        ("units.ult.superior", "dikdasmen", ""),
        ("units.ult.superior", None, "units"),
        ("units.itjen.phone", "177", "units.itjen.phone"),
        ("units", {}, "units"),
        ("contacts", {"nowhere": [{"role": "petugas"}]}, "contacts.nowhere"),
        ("contacts", {"ult": []}, "contacts.ult"),
        ("contacts", {"ult": [{"role": "petugas", "address": "no address"}]}, "contacts.ult.0.address"),
        ("usual_roles", ["petugs"], "usual_roles"),
        ("bpmp.code", "bpmp-{regoin}", "bpmp.code"),
        ("dinas_provinsi.code", "bpmp-{region}", "bpmp-11"),
        ("lldikti.regions", {1: ["11"]}, "lldikti.regions"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_that_is_wrong(path: str, value: object, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_units(change(path, value))
    assert str(caught.value).startswith(f"aduan/data/units.yaml, {named}")

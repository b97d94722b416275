"""Routing: always a unit that exists, never one that is accused, with the reason."""

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from aduan.datafiles import load_yaml
from aduan.regions import provinces
from aduan.routing import RouteInput, decide_unit, route
from aduan.routing_file import parse_routing
from aduan.taxonomy import taxonomy
from aduan.units import load_units
from schemas.errors import SettingsError
from schemas.events import Classification, Routing

RECEIVED = datetime(2026, 11, 23, 3, tzinfo=UTC)
LATE = datetime(2027, 11, 23, 3, tzinfo=UTC)
LEVELS = (None, "paud", "sd", "smp", "sma", "smk", "slb", "pt", "unknown")
OFFICES = ("dinas", "bpmp", "kementerian", "lldikti", "kampus", "sekolah")
BARRED = {
    "dinas": {"dinas_kabupaten", "dinas_provinsi"},
    "bpmp": {"bpmp"},
    "lldikti": {"lldikti"},
    "kementerian": {"central", "ult", "bpmp", "lldikti"},
}


def classified(**classes: Any) -> RouteInput:
    known: dict[str, Any] = {
        "jenis": "pengaduan",
        "kategori": "sarpras",
        "prioritas": "normal",
        "kerahasiaan": "publik",
        "confidence": 0.9,
        "model": "test",
    }
    return RouteInput("0f9a1c3e-77b2-8d4f-9a10-0123456789ab", RECEIVED, Classification(**(known | classes)))


def routed(**classes: Any) -> Routing:
    return route([classified(**classes)])[0]


@pytest.mark.parametrize(
    ("classes", "unit"),
    [
        ({"jenjang": "sd", "provinsi": "32", "kabupaten": "3273"}, "dinas-3273"),
        ({"jenjang": "paud", "provinsi": "73", "kabupaten": "7371"}, "dinas-7371"),
        ({"jenjang": "smp", "kabupaten": "3273"}, "dinas-3273"),
        ({"jenjang": "sma", "provinsi": "32", "kabupaten": "3273"}, "dinas-32"),
        ({"jenjang": "smk", "provinsi": "91"}, "dinas-91"),
        ({"jenjang": "slb", "provinsi": "35"}, "dinas-35"),
        ({"jenjang": "sd", "provinsi": "31", "kabupaten": "3171"}, "dinas-31"),
        ({"jenjang": "sd", "provinsi": "32"}, "bpmp-32"),
        ({"provinsi": "32", "kabupaten": "3273"}, "bpmp-32"),
        ({"kategori": "kekerasan", "jenjang": "sma", "provinsi": "64"}, "dinas-64"),
        ({"kategori": "kekerasan", "jenjang": "pt", "provinsi": "64"}, "lldikti-11"),
        ({"kategori": "kekerasan"}, "ult"),
        ({"kategori": "perguruan_tinggi", "provinsi": "33"}, "lldikti-6"),
        ({"kategori": "perguruan_tinggi"}, "dikti"),
        ({"kategori": "ijazah", "jenjang": "pt", "provinsi": "96"}, "lldikti-14"),
        ({"kategori": "pip", "jenjang": "sd", "provinsi": "32", "kabupaten": "3273"}, "puslapdik"),
        ({"kategori": "beasiswa"}, "puslapdik"),
        ({"kategori": "data_siswa"}, "pusdatin"),
        ({"kategori": "data_guru"}, "gtk"),
        ({"kategori": "tunjangan_guru", "provinsi": "32"}, "gtk"),
        ({"kategori": "kebudayaan", "provinsi": "34"}, "kebudayaan"),
        ({"kategori": "korupsi", "provinsi": "34"}, "itjen"),
        ({"jenis": "wbs", "kategori": "tata_kelola", "jenjang": "sd", "kabupaten": "3273"}, "itjen"),
        ({"kategori": "pungutan", "jenjang": "sd", "kabupaten": "3273", "accused": ("sekolah",)}, "dinas-3273"),
        ({"kategori": "pungutan", "jenjang": "sd", "kabupaten": "3273", "accused": ("dinas",)}, "itjen"),
        ({"kategori": "layanan", "provinsi": "32"}, "ult"),
        ({"kategori": "luar_kewenangan", "provinsi": "32"}, "ult"),
        ({"kategori": "bukan_aduan", "jenis": "wbs"}, "ult"),
        ({"jenis": "informasi", "kategori": "ppdb"}, "ult"),
        ({"kategori": "ppdb"}, "dikdasmen"),
        ({"kategori": "pendidikan_lainnya"}, "ult"),
        ({"kategori": "a-newer-category", "jenis": "newer"}, "ult"),
        ({"provinsi": "99", "kabupaten": "9999", "jenjang": "sd"}, "dikdasmen"),
        ({"provinsi": "32", "kabupaten": "7371", "jenjang": "sd"}, "bpmp-32"),
    ],
)
def test_a_case_goes_to_the_unit_that_handles_it(classes: dict[str, Any], unit: str) -> None:
    assert routed(**classes).unit == unit


@pytest.mark.parametrize(
    ("classes", "unit"),
    [
        ({"jenjang": "sd", "kabupaten": "3273", "accused": ("dinas",)}, "bpmp-32"),
        ({"jenjang": "sma", "provinsi": "32", "accused": ("dinas", "sekolah")}, "bpmp-32"),
        ({"jenjang": "sd", "kabupaten": "3273", "accused": ("dinas", "bpmp")}, "itjen"),
        ({"provinsi": "32", "accused": ("bpmp",)}, "itjen"),
        ({"kategori": "pip", "accused": ("kementerian",)}, "itjen"),
        ({"kategori": "layanan", "accused": ("kementerian",)}, "itjen"),
        ({"kategori": "perguruan_tinggi", "provinsi": "33", "accused": ("lldikti",)}, "dikti"),
        ({"kategori": "perguruan_tinggi", "provinsi": "33", "accused": ("lldikti", "kementerian")}, "itjen"),
    ],
)
def test_a_report_never_goes_to_those_it_accuses(classes: dict[str, Any], unit: str) -> None:
    found = routed(**classes)
    assert found.unit == unit
    reasons = [finding for finding in found.findings if finding.rule == "routing.never_to_the_accused"]
    assert [finding.value for finding in reasons] == [unit]


def test_no_combination_of_classes_is_a_dead_end_or_reaches_the_accused() -> None:
    units, known = load_units(), taxonomy()
    places = [None, *(province.code for province in provinces())]
    accusations = [(), *((office,) for office in OFFICES), OFFICES]
    seen = set()
    for kategori, jenjang, provinsi, accused in product([*known.kategori], LEVELS, places, accusations):
        unsure = kategori in {"pip", "ppdb", "sarpras"} and provinsi == "32"
        for jenis in ("pengaduan", "wbs") if provinsi in (None, "31", "96") else ("pengaduan",):
            item = classified(
                jenis=jenis, kategori=kategori, jenjang=jenjang, provinsi=provinsi, accused=accused, unsure=unsure
            )
            unit = units.get(route([item])[0].unit)
            assert unit is not None
            assert all(unit.kind not in BARRED.get(office, set()) for office in accused)
            seen.add(unit.kind)
    assert seen >= {"ult", "inspectorate", "central", "lldikti", "bpmp", "dinas_provinsi"}


def test_a_case_of_an_uncertain_category_goes_to_a_person_first_who_reads_where_it_would_go() -> None:
    found = routed(unsure=True, jenjang="sd", kabupaten="3273")
    assert found.unit == "ult"
    assert found.findings[0].rule == "routing.unsure"
    assert found.findings[0].words[-1] == "dinas-3273"


@pytest.mark.parametrize(
    ("classes", "unit"),
    [
        ({"prioritas": "darurat", "jenjang": "sd", "kabupaten": "3273"}, "dinas-3273"),
        ({"jenis": "wbs", "kategori": "tata_kelola"}, "itjen"),
        ({"accused": ("kementerian",), "provinsi": "32"}, "itjen"),
    ],
)
def test_an_uncertain_case_that_is_urgent_or_accuses_the_desk_does_not_wait_there(
    classes: dict[str, Any], unit: str
) -> None:
    assert routed(unsure=True, **classes).unit == unit


def test_what_the_unit_would_be_otherwise_can_be_asked() -> None:
    doubtful = classified(unsure=True, kategori="pip").classification
    assert (decide_unit(doubtful)[0], decide_unit(doubtful, unsure=False)[0]) == ("ult", "puslapdik")


def test_every_decision_tells_its_rule_and_the_deadline_its_own() -> None:
    found = routed(jenjang="sd", kabupaten="3273", jenis="informasi")
    assert [(finding.field, finding.value, finding.rule) for finding in found.findings] == [
        ("unit", "dinas-3273", "routing.daerah"),
        ("due_at", "5 hari kerja", "deadlines.informasi"),
    ]
    assert found.due_at == datetime(2026, 11, 30, 9, tzinfo=UTC)


def test_the_deadline_counts_in_the_zone_of_the_unit_that_was_chosen() -> None:
    assert routed(jenjang="sma", provinsi="91", jenis="informasi").due_at == datetime(2026, 11, 30, 7, tzinfo=UTC)


@pytest.mark.parametrize(("promised", "earlier"), [(datetime(2026, 11, 26, 9, tzinfo=UTC), True), (LATE, False)])
def test_the_deadline_of_the_system_it_came_from_holds_where_it_is_earlier(promised: datetime, earlier: bool) -> None:
    ours = routed().due_at
    found = route([replace(classified(), promised=promised)])[0]
    assert found.due_at == (promised if earlier else ours)
    assert (found.findings[-1].rule == "origin.due_at") is earlier


def test_a_batch_keeps_its_order() -> None:
    batch = [classified(kategori=code) for code in ("pip", "data_siswa", "pip", "kebudayaan")]
    assert [routing.unit for routing in route(batch)] == ["puslapdik", "pusdatin", "puslapdik", "kebudayaan"]
    assert route([]) == []


def change(path: str, value: object) -> dict[str, Any]:
    raw = deepcopy(load_yaml("routing.yaml"))
    *parents, last = path.split(".")
    here: Any = raw
    for key in parents:
        here = here[int(key)] if isinstance(here, list) else here[key]
    here[int(last) if isinstance(here, list) else last] = value
    return raw


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("rules.0.to", ["nowhere"], "rules, bukan_aduan.to"),
        ("rules.0.to", [], "rules.0.to"),
        ("rules.0.kategori", ["spam"], "rules, bukan_aduan.kategori"),
        ("rules.2.jenis", ["whistle"], "rules, wbs.jenis"),
        ("rules.4.accused", ["polisi"], "rules, pungutan_pejabat.accused"),
        ("rules.4.accuse", ["dinas"], "rules.4.accuse"),
        ("accused.bpmp.instead", ["ult"], "accused.bpmp.instead"),
        ("unsure.to", ["bpmp"], "unsure.to"),
        ("unsure.jenis", ["whistle"], "unsure.jenis"),
        ("bounced.to", ["nowhere"], "bounced.to"),
        ("bounced.prioritas", "hoch", "bounced.prioritas"),
        ("bounced.transfers", 1, "bounced.transfers"),
        ("accused.bpmp.kinds", ["lpmp"], "accused.bpmp.kinds"),
        ("accused.bpmp.kinds", ["bpmp", "inspectorate"], "accused.bpmp.instead"),
        ("tanpa_dinas_kabupaten", ["99"], "tanpa_dinas_kabupaten"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key_that_is_wrong(path: str, value: object, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_routing(change(path, value), load_units())
    assert str(caught.value).startswith(f"aduan/data/routing.yaml, {named}")

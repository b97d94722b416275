"""Files from and to SP4N-LAPOR! as commands, on a real broker and a real search engine."""

import csv
import subprocess
import sys
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from aduan.settings import Settings
from aduan.tokens import Role, Tokens, tokens_path
from consumers.search_engine import search_client
from ops.cli import build
from schemas.documents import CaseDocument
from schemas.errors import SettingsError
from schemas.events import ComplaintReceived, Origin
from tests.doors import received_on_kafka
from tests.environment import environment_of
from tests.factories import case_opened, classification
from tests.indexed_cases import case_of, index_cases
from tests.sp4n_files import report, write_csv, write_workbook


def importing(settings: Settings, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", "sp4n", "import", *map(str, arguments)],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def exporting(settings: Settings, *arguments: object, token: str = "") -> Result:
    """The command in this process: a process of its own for each would be most of the test's time."""
    environment = environment_of(settings) | {"ADUAN_TOKEN": token}
    return CliRunner().invoke(build(["sp4n"]), ["sp4n", "export", *map(str, arguments)], env=environment)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_is_imported_once_however_often_and_what_was_not_understood_is_reported(
    topics: Settings, tmp_path: Path
) -> None:
    rows = [report(number) for number in range(300)]
    rows += [report(900, Kategori="Luar angkasa"), report(901, Isi_Laporan=""), report(902, Status="Selesai")]
    path, said = write_csv(tmp_path / "november.csv", rows, delimiter=";"), tmp_path / "kurang.csv"
    first = importing(topics, path, "--report", said)
    assert first.returncode == 2, first.stderr
    assert "303 rows: 301 imported, 0 already there, 1 passed over, 1 not imported" in first.stdout
    assert [(one["row"], one["problem"], one["fate"]) for one in rows_of(said)] == [
        ("302", "unknown_category", "kept"),
        ("303", "no_text", "refused"),
        ("304", "closed", "passed"),
    ]
    again = importing(topics, write_workbook(tmp_path / "november.xlsx", rows), "--report", said)
    assert "303 rows: 0 imported, 301 already there" in again.stdout
    events = received_on_kafka(topics)
    numbers = [event.origin.external_ref for event in events if isinstance(event, ComplaintReceived)]
    assert len(numbers) == len(set(numbers)) == 301


def case(n: int, **changes: Any) -> CaseDocument:
    classes = {name: changes.pop(name) for name in ("kerahasiaan", "kategori") if name in changes}
    return case_of([case_opened(n, classification=classification(n, **classes), **changes)])


def test_cases_are_handed_over_inside_the_fence_and_capped_with_a_word(topics: Settings, tmp_path: Path) -> None:
    cases = [case(n, kategori="pip", kerahasiaan="publik") for n in range(1, 4)]
    cases += [
        case(4, kerahasiaan="rahasia"),
        case(5, text="=HYPERLINK(1)", kerahasiaan="anonim", origin=Origin(external_ref="77")),
    ]
    with search_client(topics) as client:
        index_cases(topics, client, cases)
    tokens, path = Tokens(tokens_path(topics)), tmp_path / "keluar.csv"
    staff, inspector = tokens.new("sari", Role.STAFF, "ult"), tokens.new("itjen", Role.INSPECTOR)

    def exported(token: str, *options: str) -> list[dict[str, str]]:
        done = exporting(topics, path, *options, token=token)
        assert done.exit_code == 0, done.output
        return rows_of(path)

    open_numbers = [one.tracking_number for one in cases if one.kerahasiaan != "rahasia"]
    assert [one["Nomor Aduan"] for one in exported(staff)] == open_numbers
    assert [one["Nomor Aduan"] for one in exported(staff, "--rahasia")] == open_numbers
    assert len(exported(inspector)) == 4
    everything = exported(inspector, "--rahasia")
    assert [one["Rahasia"] for one in everything] == ["Tidak", "Tidak", "Tidak", "Ya", "Tidak"]
    assert (everything[4]["Isi Laporan"], everything[4]["Tracking ID"]) == ("'=HYPERLINK(1)", "77")
    assert everything[0]["Kategori"].endswith("Kartu Indonesia Pintar/KIP")
    assert exported(inspector, "--until", "2026-11-01") == []

    capped = exporting(topics, path, "--most", "2", token=staff)
    assert (capped.exit_code, len(rows_of(path))) == (2, 2)
    assert "the newest 2 are not in it" in capped.stdout
    for refused in (
        exporting(topics, path),
        exporting(topics, path, "--unit", "entah", token=staff),
        exporting(topics, path, token=tokens.new("loket", Role.CLERK, "ult")),
    ):
        assert isinstance(refused.exception, SettingsError)
    assert len(rows_of(path)) == 2

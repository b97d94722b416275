"""The malware scanner: what it finds is refused, and what it could not look at is never taken for clean."""

from pathlib import Path

import pytest

from aduan.file_kinds import Refusal
from aduan.settings import load_settings
from ops.engines.ports import free_port
from producers.files.clamd import Clamd
from producers.files.inspection import inspection
from producers.submission import File
from schemas.errors import SettingsError, UnavailableError
from tests.clamd_server import EICAR, clamd_server


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_malware_is_found_and_a_clean_file_is_clean(kind: str, tmp_path: Path) -> None:
    with clamd_server(tmp_path / "clamd.sock" if kind == "unix" else None) as server:
        scanner = Clamd(server.address, 5)
        assert scanner.scan(b"halo " + EICAR) is Refusal.MALWARE
        assert scanner.scan(b"halo") is None
        assert scanner.scan(b"") is None
        assert scanner.scan(bytes(10_000_000)) is None
        assert server.seen[-1] == 10_000_000


def test_a_file_larger_than_the_scanner_takes_is_not_taken_for_clean() -> None:
    with clamd_server(most=1_000_000) as server:
        assert Clamd(server.address, 5).scan(bytes(9_000_000)) is Refusal.UNSCANNED


@pytest.mark.parametrize("says", [b"stream: Access denied ERROR", b"", b"OK", b"stream: OK and more"])
def test_any_other_answer_is_no_verdict(says: bytes) -> None:
    with clamd_server(says=says or b" ") as server, pytest.raises(UnavailableError):
        Clamd(server.address, 5).scan(b"halo")


def test_a_scanner_that_is_away_or_silent_is_unavailable(tmp_path: Path) -> None:
    for address in (f"127.0.0.1:{free_port()}", str(tmp_path / "none.sock")):
        with pytest.raises(UnavailableError):
            Clamd(address, 1).scan(b"halo")


@pytest.mark.parametrize("address", ["localhost", "localhost:x", ":3310", "clamd.sock", "localhost:99999"])
def test_a_wrong_address_is_named(address: str) -> None:
    with pytest.raises(SettingsError, match="ADUAN_CLAMD"):
        Clamd(address, 1)


def test_a_door_scans_what_came_after_looking_through_it() -> None:
    with clamd_server() as server, inspection(load_settings(clamd=server.address)) as inspect:
        clean, infected, program = inspect(
            [File("a.txt", "", b"halo"), File("b.txt", "", EICAR), File("c.exe", "", b"MZ" + bytes(200))]
        )
    assert (clean.refused, infected.refused, program.refused) == (None, Refusal.MALWARE, Refusal.TYPE)
    assert len(server.seen) == 2, "what is refused anyway is not scanned"


def test_without_its_scanner_a_door_judges_nothing() -> None:
    settings = load_settings(clamd=f"127.0.0.1:{free_port()}")
    with inspection(settings) as inspect, pytest.raises(UnavailableError):
        inspect([File("a.txt", "", b"halo")])

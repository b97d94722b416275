"""Starting, stopping, killing and finding again the local engines, as real processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ops.engines import Engines
from ops.engines.ports import free_port, is_free, listens
from schemas.errors import UnavailableError

START = """
import sys, time
from pathlib import Path
from ops.engines import Engines
engines = Engines.start(Path(sys.argv[1]), keep_data=True, parts=("greenmail",))
print(engines.mail.process().pid, flush=True)
while True:  # in one long sleep, a signal that arrives just before it would wake nobody
    time.sleep(0.1)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose engines are stopped by their pid files, whatever a test did."""
    yield tmp_path
    Engines.attach(tmp_path).stop()


def aduan(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)


def started_by_another(folder: Path) -> tuple[subprocess.Popen[str], int]:
    """A process that started an engine, and the engine's pid."""
    starter = subprocess.Popen(
        [sys.executable, "-c", START, str(folder)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.stdout.close()
    return starter, pid


def ended(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def test_an_engine_starts_stops_and_starts_again_on_its_port(folder: Path) -> None:
    engines = Engines.start(folder, keep_data=True, parts=("greenmail",))
    port = engines.smtp_port
    assert listens(port)
    engines.mail.stop()
    assert not listens(port)
    engines.mail.stop()
    engines.mail.start()
    assert engines.smtp_port == port
    assert listens(port)
    first = engines.mail.process()
    engines.mail.start()
    assert engines.mail.process() == first
    engines.stop()
    engines.stop()
    assert not listens(port)


def test_without_keep_data_everything_but_the_logs_is_thrown_away(folder: Path) -> None:
    engines = Engines.start(folder, keep_data=False, parts=("greenmail",))
    assert (folder / "engines.json").exists()
    engines.stop()
    assert not (folder / "engines").exists()
    assert not (folder / "engines.json").exists()
    assert (folder / "logs" / "greenmail.log").exists()


def test_a_paused_engine_answers_nothing_and_can_be_stopped(folder: Path) -> None:
    engines = Engines.start(folder, keep_data=True, parts=("greenmail",))
    engines.mail.pause()
    assert not engines.mail.healthy()
    assert engines.mail.alive
    engines.mail.resume()
    engines.mail.wait_healthy(deadline=20)
    engines.mail.pause()
    engines.stop()
    assert not engines.mail.alive


def test_an_engine_outlives_the_kill_of_its_starter_and_is_found_by_its_pid_file(folder: Path) -> None:
    starter, pid = started_by_another(folder)
    starter.kill()
    starter.wait()
    assert psutil.pid_exists(pid)
    done = aduan("down", "--data", str(folder))
    assert (done.returncode, done.stdout) == (0, "stopped greenmail\n")
    assert ended(pid)
    done = aduan("down", "--data", str(folder))
    assert (done.returncode, done.stdout) == (0, "nothing was running\n")


def test_the_next_start_stops_what_a_killed_one_left(folder: Path) -> None:
    starter, pid = started_by_another(folder)
    starter.kill()
    starter.wait()
    said: list[tuple[str, str]] = []
    engines = Engines.start(
        folder, keep_data=True, parts=("greenmail",), on_progress=lambda part, message: said.append((part, message))
    )
    assert ended(pid)
    assert ("greenmail", "stopping what was left running") in said
    process = engines.mail.process()
    assert process is not None
    assert process.pid != pid
    engines.stop()


def test_ctrl_c_reaches_the_starter_alone_and_it_stops_the_engine(folder: Path) -> None:
    starter, pid = started_by_another(folder)
    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=30)
    assert ended(pid)
    assert not (folder / "engines" / "greenmail.pid").exists()


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(folder: Path) -> None:
    engines = Engines.start(folder, keep_data=True, parts=("greenmail",))
    mail = engines.mail
    mail.stop()
    mail.command = lambda: [sys.executable, "-c", "raise SystemExit('the disk is on fire')"]
    mail._mark = lambda: "-I"  # type: ignore[method-assign]
    with pytest.raises(UnavailableError, match="the disk is on fire"):
        mail.start()
    assert not mail.alive


def test_a_port_that_is_taken_is_refused_by_name(folder: Path) -> None:
    other = Engines.start(folder / "other", keep_data=True, parts=("greenmail",))
    try:
        with pytest.raises(UnavailableError, match=f"port {other.smtp_port} is taken"):
            Engines.start(folder, keep_data=True, parts=("greenmail",), smtp_port=other.smtp_port)
    finally:
        other.stop()


def test_an_engine_that_runs_already_is_adopted_by_up(folder: Path) -> None:
    first = Engines.start(folder, keep_data=True, parts=("greenmail",), detached=True)
    second = Engines.start(folder, keep_data=True, parts=("greenmail",), detached=True, adopt=True)
    assert second.mail.process() == first.mail.process()
    assert second.smtp_port == first.smtp_port
    moved = Engines.start(
        folder, keep_data=True, parts=("greenmail",), detached=True, adopt=True, smtp_port=free_port()
    )
    assert moved.smtp_port != first.smtp_port
    assert is_free(first.smtp_port)
    moved.stop()
    first.stop()


def test_up_status_and_down_twice_each(folder: Path) -> None:
    where = ["--data", str(folder)]
    before = aduan("status", *where)
    assert before.returncode == 1
    ports = [f"--{name}-port={free_port()}" for name in ("kafka", "search", "smtp", "imap")]
    up = aduan("up", *where, *ports)
    assert up.returncode == 0, up.stderr
    pids = {row["engine"]: row["pid"] for row in json.loads(aduan("status", *where, "--json").stdout)}
    again = aduan("up", *where)
    assert again.returncode == 0, again.stderr
    status = aduan("status", *where, "--json")
    rows = {row["engine"]: row for row in json.loads(status.stdout)}
    assert status.returncode == 0
    assert {name: row["pid"] for name, row in rows.items()} == pids
    assert {row["health"] for row in rows.values()} == {"healthy"}
    assert f"127.0.0.1:{rows['kafka']['ports']['port']}" in (folder / "engines.env").read_text(encoding="utf-8")
    assert aduan("down", *where).stdout == "stopped kafka, opensearch, greenmail\n"
    assert aduan("down", *where).stdout == "nothing was running\n"
    assert aduan("status", *where).returncode == 1
    assert all(ended(pid) for pid in pids.values())

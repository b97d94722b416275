"""Pid files, ports and notes of the local engines, where no engine is needed."""

import json
import os
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from ops.engines import state
from ops.engines.kafka import server_properties
from ops.engines.local import Engines, choose_ports
from ops.engines.opensearch import opensearch_yml
from ops.engines.part import Part
from ops.engines.ports import free_port, is_free
from schemas.errors import UnavailableError


def a_part(folder: Path) -> Part:
    return Part(
        name="kafka",
        command=lambda: ["false"],
        prepare=lambda: None,
        healthy=lambda: False,
        ports={},
        folder=folder / "kafka",
        log=folder / "kafka.log",
    )


def test_a_pid_that_a_stranger_has_now_is_not_ours(tmp_path: Path) -> None:
    part = a_part(tmp_path)
    ours = psutil.Process()
    part.pid_file.write_text(json.dumps({"pid": os.getpid(), "created": ours.create_time()}), encoding="utf-8")
    assert part.process() is None  # the same pid and start time, but not an engine of this folder
    part.pid_file.write_text(json.dumps({"pid": os.getpid(), "created": 1.0}), encoding="utf-8")
    assert part.process() is None
    part.stop()  # this very process would be gone if it were taken for the engine
    assert not part.pid_file.exists()


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}', "null"])
def test_a_damaged_pid_file_means_that_nothing_runs(tmp_path: Path, content: str) -> None:
    part = a_part(tmp_path)
    part.pid_file.write_text(content, encoding="utf-8")
    assert not part.alive


def test_pausing_what_does_not_run_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="kafka does not run"):
        a_part(tmp_path).pause()


def test_a_process_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    part = a_part(tmp_path)
    part.command = lambda: ["/bin/sh", "-c", "exit 3"]  # sh takes the engine's mark for an option, and says so
    with pytest.raises(UnavailableError, match="kafka ended while it started") as refused:
        part.start()
    assert "kafka.log" in str(refused.value)
    assert not part.alive
    part.stop()


def test_stopping_waits_for_a_process_whose_first_thread_has_ended_before_the_others(tmp_path: Path) -> None:
    script = tmp_path / "engine"
    script.write_text(
        f"#!{sys.executable}\n"
        "import ctypes, os, threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(1), os._exit(0))).start()\n"
        "ctypes.CDLL(None).pthread_exit(None)\n",
        encoding="utf-8",
    )
    script.chmod(0o700)
    part = a_part(tmp_path)
    part.command = lambda: [str(script)]
    part.spawn()
    process = psutil.Process(json.loads(part.pid_file.read_text(encoding="utf-8"))["pid"])
    while process.status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    part.stop()
    assert not process.is_running(), "it was taken for ended while it could not be reaped yet"


def test_a_free_port_lies_below_the_ephemeral_range() -> None:
    assert 20_000 <= free_port() < 32_768


def test_a_port_that_was_asked_for_and_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not is_free(port)
        assert free_port(port) != port
        with pytest.raises(UnavailableError, match=f"port {port} is taken"):
            choose_ports(["port"], {"port": port}, {})


def test_the_last_port_is_taken_again_and_ports_differ() -> None:
    last = free_port()
    chosen = choose_ports(["port", "controller_port"], {}, {"port": last, "controller_port": last})
    assert chosen["port"] == last
    assert chosen["controller_port"] != last


def test_notes_are_read_back_and_a_damaged_note_is_no_note(tmp_path: Path) -> None:
    state.note(tmp_path, {"kafka": {"port": 9}}, {"ADUAN_KAFKA_BOOTSTRAP": "127.0.0.1:9"})
    assert state.noted_ports(tmp_path) == {"kafka": {"port": 9}}
    assert (tmp_path / "engines.env").read_text(encoding="utf-8") == "export ADUAN_KAFKA_BOOTSTRAP=127.0.0.1:9\n"
    (tmp_path / "engines.json").write_text('{"ports": [1]}', encoding="utf-8")
    assert state.noted_ports(tmp_path) == {}
    state.forget(tmp_path)
    assert state.noted_ports(tmp_path) == {}


def test_stopping_a_folder_where_nothing_was_started_does_nothing(tmp_path: Path) -> None:
    engines = Engines.attach(tmp_path)
    assert engines.parts == {}
    engines.stop()
    engines.stop()


def test_the_engines_listen_on_loopback_only_and_make_nothing_by_accident(tmp_path: Path) -> None:
    kafka = server_properties(tmp_path, 1, 2)
    assert "listeners=PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2\n" in kafka
    assert "auto.create.topics.enable=false\n" in kafka
    search = opensearch_yml(tmp_path, 1, 2)
    assert "network.host: 127.0.0.1\n" in search
    assert "action.auto_create_index: false\n" in search

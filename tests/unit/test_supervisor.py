"""The supervisor's decisions, its table of processes, its logs and its notes."""

import itertools
import os
from pathlib import Path

import pytest

from aduan.settings import load_settings
from ops import run_file
from ops.bounded_log import BoundedLog
from ops.process_table import process_table, select
from ops.restarts import GiveUp, History, Liveness, Restart, RestartPolicy
from schemas.errors import SettingsError

POLICY = RestartPolicy(failures=4, window=300, first=0.5, cap=3, steady=60)


def ended(history: History, *, started: float, now: float, code: int = 1, chance: float = 1.0) -> Restart | GiveUp:
    return history.ended(started=started, now=now, code=code, chance=chance)


def test_pauses_double_up_to_the_cap() -> None:
    history = History(RestartPolicy(failures=99, first=0.5, cap=3))
    assert [ended(history, started=n, now=n + 1) for n in range(5)] == [
        Restart(0.5),
        Restart(1),
        Restart(2),
        Restart(3),
        Restart(3),
    ]


def test_the_jitter_is_full() -> None:
    assert ended(History(POLICY), started=0, now=1, chance=0.0) == Restart(0.0)
    assert ended(History(POLICY), started=0, now=1, chance=0.5) == Restart(0.25)


def test_a_process_that_ran_well_starts_with_a_clean_slate() -> None:
    history = History(POLICY)
    for n in range(3):
        ended(history, started=n, now=n + 1)
    assert ended(history, started=4, now=64) == Restart(0.5)
    assert ended(history, started=65, now=66) == Restart(1.0)


def test_too_many_failures_within_the_window_give_up() -> None:
    history = History(POLICY)
    answers = [ended(history, started=n, now=n + 1) for n in range(4)]
    assert isinstance(answers[2], Restart)
    assert answers[3] == GiveUp("it ended 4 times within 300 s")


def test_failures_that_are_far_apart_do_not_add_up() -> None:
    history = History(POLICY)
    answers = [ended(history, started=n * 101, now=n * 101 + 10) for n in range(20)]
    assert all(isinstance(answer, Restart) for answer in answers)


def test_an_ending_with_code_0_is_restarted_too() -> None:
    assert isinstance(ended(History(POLICY), started=0, now=1, code=0), Restart)


def test_a_bad_deploy_is_not_started_again() -> None:
    answer = ended(History(POLICY), started=0, now=1000, code=71)
    assert isinstance(answer, GiveUp)
    assert "bad deploy" in answer.why


def test_a_process_that_falls_silent_is_ended_but_not_one_that_is_still_starting() -> None:
    starting = Liveness(limit=60)
    assert not any(starting.seen(False, now) for now in range(0, 600, 5))
    silent = Liveness(limit=60)
    assert not silent.seen(True, 0)
    assert not silent.seen(False, 60)
    assert silent.seen(False, 61)
    silent.forget()
    assert not silent.seen(False, 100)


def table(workers: int = 1, **settings: object) -> list[str]:
    ports = itertools.count(40_000)
    return [
        row.name for row in process_table(load_settings(**settings), workers=workers, choose_port=lambda: next(ports))
    ]


def test_platforms_that_are_polled_have_a_process_once_one_is_set_up() -> None:
    assert "social-poll" not in table()
    assert table(mastodon_url="https://sosial.example", mastodon_token="t")[-2:] == ["social-poll", "intake"]


def test_the_table_holds_every_process_readers_before_writers() -> None:
    names = table()
    assert names == [
        "portal",
        "indexer",
        "escalator",
        "notifier",
        "route-urgent",
        "route-ordinary",
        "classify-urgent",
        "classify-ordinary",
        "admission",
        "mail-in",
        "intake",
    ]


def test_a_mailbox_is_read_only_where_one_is_set() -> None:
    assert "imap" not in table()
    assert "imap" in table(imap_host="imap.example")


def test_more_workers_have_their_own_instances_and_names() -> None:
    ports = itertools.count(40_000)
    rows = process_table(load_settings(), workers=2, choose_port=lambda: next(ports))
    ordinary = [row for row in rows if row.kind == "classify-ordinary"]
    assert [row.name for row in ordinary] == ["classify-ordinary-0", "classify-ordinary-1"]
    assert [row.arguments[-1] for row in ordinary] == ["0", "1"]
    assert len({row.health_port for row in rows}) == len(rows)


def test_health_ports_follow_from_the_base_when_there_is_one() -> None:
    rows = process_table(load_settings(health_port=9100), choose_port=lambda: 1)
    assert [row.health_port for row in rows] == list(range(9100, 9100 + len(rows)))
    assert rows[0].environment == {"ADUAN_HEALTH_PORT": "9100"}
    assert rows[0].health_url == "http://127.0.0.1:9100/healthz"


def test_processes_are_chosen_by_name_kind_or_family() -> None:
    ports = itertools.count(40_000)
    rows = process_table(load_settings(), workers=2, choose_port=lambda: next(ports))
    assert [row.name for row in select(rows, only=["route-urgent", "intake"])] == ["route-urgent", "intake"]
    assert [row.name for row in select(rows, only=["classify"], without=["classify-ordinary-1"])] == [
        "classify-urgent",
        "classify-ordinary-0",
    ]
    assert "mail-in" not in [row.name for row in select(rows, without=["mail-in"])]


def test_a_name_that_no_process_has_is_refused() -> None:
    rows = process_table(load_settings(health_port=9100), choose_port=lambda: 1)
    with pytest.raises(SettingsError, match="no process 'clasify'"):
        select(rows, only=["clasify"])


def test_a_log_keeps_its_last_lines_and_a_bounded_size(tmp_path: Path) -> None:
    log = BoundedLog(tmp_path / "logs" / "indexer.log", max_bytes=1000)
    with log.open() as file:
        for n in range(100):
            file.write(f"line {n:03d}\n".encode())
        file.flush()
        assert log.last_lines(2) == "    line 098\n    line 099"
        assert not log.rotate()
        file.write(b"x" * 200 + b"\n")
        file.flush()
        assert log.rotate()
        file.write(b"after\n")
        file.flush()
    assert log.path.read_bytes() == b"after\n"
    assert (tmp_path / "logs" / "indexer.log.1").stat().st_size > 1000


def test_the_note_is_replaced_as_a_whole_and_damage_reads_as_nothing(tmp_path: Path) -> None:
    run_file.write(tmp_path, {"processes": {}})
    assert run_file.read(tmp_path) == {"processes": {}}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    (tmp_path / "run.json").write_text("{")
    assert run_file.read(tmp_path) == {}
    run_file.remove(tmp_path)
    run_file.remove(tmp_path)
    assert run_file.read(tmp_path) == {}


def test_a_pid_that_another_process_has_now_is_left_alone(tmp_path: Path) -> None:
    run_file.write(tmp_path, {"processes": {"portal": {"pid": os.getpid(), "born": 1.0}}})
    assert run_file.stop_left_behind(tmp_path) == []

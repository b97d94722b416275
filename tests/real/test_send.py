"""`aduan send` as a command, on a real broker: resumable, killed and run again, nothing twice, nothing missing."""

import json
import subprocess
import sys
from pathlib import Path

from aduan.keyring import Keyring
from aduan.settings import Settings
from tests.doors import content_of, received_on_kafka
from tests.environment import environment_of
from tests.indexing import wait_until
from tests.processes import end, start

SAMPLES = Path(__file__).parents[2] / "samples"


def send(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ops.cli", "send", *arguments],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_samples_of_every_channel_are_sent_once(topics: Settings) -> None:
    files = [("web.jsonl", "web"), ("social.jsonl", "social"), ("email.mbox", "email")]
    for _ in range(2):
        for name, channel in files:
            done = send(topics, str(SAMPLES / name), "--channel", channel)
            assert done.returncode == 0, done.stderr
    assert "0 sent" in done.stdout
    events = received_on_kafka(topics)
    assert len(events) == len({event.complaint_id for event in events}) == 140 + 100 + 110


def test_bad_lines_are_named_by_number_and_the_exit_code_says_so(topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text":"satu"}\n{"text":"3204085606880003","nik":1}\nx\n{"text":"dua"}\n')
    done = send(topics, str(file))
    assert done.returncode == 1
    assert "2 sent, 0 already there, 2 refused" in done.stdout
    assert "lines.jsonl: 2: nik:" in done.stderr
    assert "lines.jsonl: 3:" in done.stderr
    assert "3204085606880003" not in done.stderr + done.stdout
    strict = send(topics, str(file), "--fresh", "--strict")
    assert (strict.returncode, "stopped" in strict.stdout) == (1, True)


def test_a_killed_run_goes_on_where_it_was_and_sends_nothing_twice(topics: Settings, tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(json.dumps({"text": f"keluhan nomor {number}"}) + "\n" for number in range(20_000)))
    notes = topics.data_dir / "send"

    def offset() -> int:
        found = [json.loads(note.read_text())["offset"] for note in notes.glob("*.json")]
        return max(found, default=0)

    kills = 0
    while True:
        before = offset()
        process = start(topics, "send", str(file))
        try:
            wait_until(lambda: offset() > before + 100_000 or process.poll() is not None, 60, every=0.01)  # noqa: B023
            if process.poll() is not None:
                break
            process.kill()
            process.wait(10)
            kills += 1
        finally:
            end(process)
    assert kills >= 2
    assert process.returncode == 0
    events = received_on_kafka(topics)
    keyring = Keyring(topics.data_dir / "keyring")
    assert {content_of(keyring, event).text for event in events} == {f"keluhan nomor {n}" for n in range(20_000)}
    # A batch that was written but not yet marked when the kill came is written again, under the same ids.
    assert len({event.event_id for event in events}) == 20_000
    assert len(events) <= 20_000 + kills * 200

"""`make demo`: sets everything up, feeds the samples through the real doors, watches, sums up, stays until Ctrl-C."""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx
from rich.console import Console
from rich.live import Live

from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.tokens import Role, Tokens, tokens_path
from consumers.index import ensure_indexes
from consumers.search_engine import search_client
from ops.demo.feed import Doors, Fed, expected_counts, feed, wait_until
from ops.demo.ledger import Ledger, read_ledger
from ops.demo.poison import put_broken_messages
from ops.demo.summary import print_summary, verdict
from ops.demo.watch import Watcher, stages_table
from ops.engines import Engines
from ops.engines.ports import LOOPBACK, free_port
from ops.process import stop_on_signals
from ops.topics import ensure_topics
from producers.schools import build, read_schools, schools_path
from schemas.errors import UnavailableError

SAMPLES: Final = Path(__file__).parents[2] / "samples"
_READY_SECONDS: Final = 90
_SETTLE_SECONDS: Final = 120
_STOP_SECONDS: Final = 60
_LOOK_SECONDS: Final = 0.6
_LOOKS: Final = 5
"""The index refreshes every second: at rest for five looks means that what is written can be seen."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where this demo runs."""

    settings: Settings
    environment: dict[str, str]
    engines: Engines
    staff_token: str
    adapter_token: str


def run_demo(data_dir: Path, *, once: bool, samples: Path = SAMPLES) -> int:
    """Run it; the exit code is 0 only if every sample is accounted for. Everything that was started is stopped."""
    console = Console()
    began = time.monotonic()
    stop = stop_on_signals()
    with ExitStack() as stack:
        stand = stack.enter_context(_stand(console, data_dir))
        stack.enter_context(_processes(console, stand, stop))
        fed, ledger = _feed_and_watch(console, stand, samples, stop)
        if ledger is None:
            console.print("[yellow]Stopped before the end.[/]")
            return 1
        problems = verdict(fed, ledger, expected_counts(samples))
        print_summary(console, stand.settings, stand.engines, ledger, stand.staff_token)
        _say_verdict(console, problems, sum(fed.accepted.values()), time.monotonic() - began)
        if not once:
            _invite(console, stand, data_dir)
            stop.wait()
        console.print("Stopping ...")
    return 1 if problems else 0


@contextmanager
def _stand(console: Console, data_dir: Path) -> Iterator[Stand]:
    """Engines, topics, index, keys and tokens in a fresh folder, thrown away at the end."""
    if (data_dir / "engines").exists() or data_dir.exists():
        Engines.attach(data_dir).stop()  # what a demo that was killed left running
        shutil.rmtree(data_dir, ignore_errors=True)
    data_dir.mkdir(parents=True, mode=0o700)
    console.rule("[bold]1. Engines: Apache Kafka, OpenSearch and a mail server on this machine")
    engines = Engines.start(
        data_dir, keep_data=False, on_progress=lambda part, what: console.print(f"  {part:<12} {what}")
    )
    try:
        console.rule("[bold]2. Topics, index, keys")
        yield _set_up(console, data_dir, engines)
    finally:
        engines.stop()
        shutil.rmtree(data_dir, ignore_errors=True)


def _set_up(console: Console, data_dir: Path, engines: Engines) -> Stand:
    intake = free_port()
    environment = engines.environment() | {
        "ADUAN_DATA_DIR": str(data_dir),
        "ADUAN_SECRET": secrets.token_hex(32),
        "ADUAN_META_APP_SECRET": secrets.token_hex(16),
        "ADUAN_META_VERIFY_TOKEN": secrets.token_hex(8),
        "ADUAN_TELEGRAM_SECRET": secrets.token_hex(16),
        "ADUAN_INTAKE_PORT": str(intake),
        "ADUAN_PUBLIC_URL": f"http://{LOOPBACK}:{intake}",
        "ADUAN_INTAKE": f"http://{LOOPBACK}:{intake}",
        "ADUAN_MAIL_IN_PORT": str(free_port()),
        "ADUAN_PORTAL_PORT": str(free_port()),
        "ADUAN_IMAP_HOST": LOOPBACK,
        "ADUAN_IMAP_PORT": str(engines.imap_port),
        "ADUAN_IMAP_TLS": "none",
        "ADUAN_IMAP_USERNAME": "pengaduan@aduan.example",
        "ADUAN_IMAP_PASSWORD": "apa-saja",  # GreenMail takes any
        "ADUAN_INTAKE_RATE": "1000/minute",  # all samples come from one address
        "ADUAN_INTAKE_FORM_SECONDS": "0",  # nor do they take their time over the form
    }
    os.environ.update(environment)
    settings = load_settings()
    build(schools_path(data_dir), read_schools(SAMPLES / "schools.tsv"))
    keyring = Keyring(data_dir / "keyring")
    keyring.current(datetime.now(UTC))
    keyring.vault()
    console.print(f"  topics       {', '.join(ensure_topics(settings))}")
    with search_client(settings) as client:
        console.print(f"  index        {ensure_indexes(settings, client).index}")
    tokens = Tokens(tokens_path(settings))
    staff = tokens.new("demo-inspector", Role.INSPECTOR)
    adapter = tokens.new("demo-adapter", Role.ADAPTER)
    lines = [f"export {name}={value}" for name, value in {**environment, "ADUAN_TOKEN": staff}.items()]
    env_file = data_dir / "env"
    env_file.touch(mode=0o600)
    env_file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Stand(settings, environment, engines, staff, adapter)


@contextmanager
def _processes(console: Console, stand: Stand, stop: Event) -> Iterator[None]:
    """`aduan run` with all processes; returns when each says that it is well."""
    console.rule("[bold]3. Doors, stream workers, indexer, escalator, portal: aduan run")
    log = stand.settings.data_dir / "logs" / "run.log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "ops.cli", "run"], stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_until_well(console, stand, process, stop, log)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_well(
    console: Console, stand: Stand, process: "subprocess.Popen[bytes]", stop: Event, log: Path
) -> None:
    well: set[str] = set()

    def all_well() -> bool:
        rows = _process_rows(stand.settings)
        for name, row in rows.items():
            if name not in well and _is_well(row["health"]):
                well.add(name)
                console.print(f"  {name:<20} is up (pid {row['pid']})")
        return (bool(rows) and well >= rows.keys()) or process.poll() is not None or stop.is_set()

    if not wait_until(all_well, _READY_SECONDS) or process.poll() is not None:
        missing = _process_rows(stand.settings).keys() - well
        tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
        raise UnavailableError(f"these processes did not come up: {', '.join(sorted(missing)) or 'all'}\n{tail}")


def _process_rows(settings: Settings) -> dict[str, dict[str, Any]]:
    try:
        document = json.loads((settings.data_dir / "run.json").read_text(encoding="utf-8"))
    except OSError:
        return {}
    rows: dict[str, dict[str, Any]] = document["processes"]
    return rows


def _is_well(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _feed_and_watch(console: Console, stand: Stand, samples: Path, stop: Event) -> tuple[Fed, Ledger | None]:
    """Feed in a thread while the stages fill before the reader's eyes; then read the ledger."""
    expected = expected_counts(samples)
    total = sum(expected.values())
    console.rule(f"[bold]4. {total} invented complaints through three real doors: web, e-mail, social media")
    settings = stand.settings
    doors = Doors(
        intake_url=f"http://{settings.intake_host}:{settings.intake_port}",
        mail_host=settings.mail_in_host,
        mail_port=settings.mail_in_port,
        token=stand.adapter_token,
    )
    results = Fed()

    def work() -> None:
        feed(samples, settings, doors, results)
        put_broken_messages(settings)

    feeding = Thread(target=work, name="feed", daemon=True)
    with Watcher(settings) as watcher:
        feeding.start()
        _watch(console, watcher, results, feeding, stop)
        return results, None if stop.is_set() else read_ledger(settings, watcher.client)


def _watch(console: Console, watcher: Watcher, fed: Fed, feeding: Thread, stop: Event) -> None:
    """Show the stages until all that was fed has settled: no lag, and nothing new for three seconds."""
    total = sum(expected_counts(SAMPLES).values())
    deadline = time.monotonic() + _SETTLE_SECONDS
    before: tuple[int, int, int] | None = None
    settled = 0
    with Live(console=console, refresh_per_second=4) as live:
        while time.monotonic() < deadline and not stop.is_set():
            shot = watcher.snapshot()
            live.update(stages_table(shot, sum(fed.accepted.values()), total))
            now = (shot.log, shot.documents, shot.dead)
            at_rest = not feeding.is_alive() and shot.lag == 0 and now == before
            settled = settled + 1 if at_rest else 0
            if settled == _LOOKS:
                return
            before = now
            time.sleep(_LOOK_SECONDS)


def _say_verdict(console: Console, problems: list[str], accepted: int, seconds: float) -> None:
    if problems:
        console.print("\n[bold red]Not every sample is accounted for:[/]")
        for problem in problems:
            console.print(f"  {problem}")
        return
    console.print(
        f"\n[bold green]All {accepted} complaints are accounted for:[/] each is exactly one document, "
        f"none was lost. {seconds:.0f} s in all."
    )


def _invite(console: Console, stand: Stand, data_dir: Path) -> None:
    settings = stand.settings
    relative = os.path.relpath(data_dir)
    console.rule("[bold]Your turn (this stays up until Ctrl-C)")
    console.print(f"In another terminal, in this folder:\n\n  [bold]. {relative}/env[/]", highlight=False)
    portal = f"http://127.0.0.1:{settings.portal_port}/api/v1/complaints"
    intake = f"http://127.0.0.1:{settings.intake_port}/api/v1/complaints"
    body = '{"text": "atap kelas 4 SDN 3 mau roboh, anak2 takut masuk"}'
    for line in (
        '.venv/bin/aduan search "PIP belum cair" --provinsi 35',
        ".venv/bin/aduan route explain NUMBER",
        ".venv/bin/aduan lag",
        ".venv/bin/aduan dead-letters list",
        f'curl -s -H "Authorization: Bearer $ADUAN_TOKEN" "{portal}?search_term=PIP&size=3"',
        f"curl -si {intake} -H 'Content-Type: application/json' -H 'Idempotency-Key: coba-1' -d '{body}'",
    ):
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    form = f"http://127.0.0.1:{settings.intake_port}"
    console.print(
        f"\nThe form: {form}/lapor   Follow a complaint: {form}/lacak   Counter: {form}/loket", highlight=False
    )

"""The processes of one machine as a table, in the order of the flow from its end: what reads starts before what writes.

Stopped in the reverse order, tier by tier: first the doors, then classify, route, and what goes out.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from aduan.settings import Settings
from producers.social.registry import polled
from schemas.errors import SettingsError
from schemas.topics import Lane


@dataclass(frozen=True, slots=True)
class Row:
    """One process: its name, the arguments of `aduan`, its place in the order, and its environment."""

    name: str
    kind: str
    arguments: tuple[str, ...]
    tier: int
    health_port: int = 0
    health_host: str = "127.0.0.1"

    @property
    def health_url(self) -> str:
        """Where it says how it is."""
        return f"http://{self.health_host}:{self.health_port}/healthz"

    @property
    def environment(self) -> dict[str, str]:
        """What it has beside the supervisor's own environment."""
        return {"ADUAN_HEALTH_PORT": str(self.health_port)}


def process_table(
    settings: Settings, *, workers: int = 1, choose_port: Callable[[], int], ports: Iterable[int] = ()
) -> list[Row]:
    """All rows. `workers` is the number of processes of each ordinary stage; an urgent one has one process."""
    rows = [
        Row("portal", "portal", ("portal",), 0),
        Row("indexer", "indexer", ("indexer",), 0),
        Row("escalator", "escalator", ("escalator",), 0),
        Row("notifier", "notifier", ("notifier",), 0),
        *_workers("route", workers, 1),
        *_workers("classify", workers, 2),
        Row("admission", "admission", ("admission",), 3),
        Row("mail-in", "mail-in", ("mail-in",), 3),
        *([Row("imap", "imap", ("imap",), 3)] if settings.imap_host else []),
        *([Row("social-poll", "social-poll", ("social-poll",), 3)] if polled(settings) else []),
        Row("intake", "intake", ("intake",), 3),
    ]
    given = list(ports) or _from_base(settings, len(rows))
    chosen: list[int] = []
    while len(given) + len(chosen) < len(rows):
        port = choose_port()
        if port not in chosen:
            chosen.append(port)
    host = settings.health_host
    return [
        Row(row.name, row.kind, row.arguments, row.tier, port, host)
        for row, port in zip(rows, given + chosen, strict=True)
    ]


def select(rows: Sequence[Row], *, only: Sequence[str] = (), without: Sequence[str] = ()) -> list[Row]:
    """The rows that are named, by process or by kind (`classify`, `route-urgent`).

    Raises SettingsError for a name that no process has.
    """
    known = {row.name for row in rows} | {row.kind for row in rows} | {row.kind.split("-")[0] for row in rows}
    for name in (*only, *without):
        if name not in known:
            raise SettingsError(f"there is no process {name!r}; there are: {', '.join(row.name for row in rows)}")

    def named(row: Row, names: Sequence[str]) -> bool:
        return bool({row.name, row.kind, row.kind.split("-")[0]} & set(names))

    return [row for row in rows if (not only or named(row, only)) and not named(row, without)]


def _workers(stage: str, ordinary: int, tier: int) -> list[Row]:
    rows = []
    for lane, count in ((Lane.URGENT, 1), (Lane.ORDINARY, ordinary)):
        for instance in range(count):
            kind = f"{stage}-{lane.value}"
            name = kind if count == 1 else f"{kind}-{instance}"
            arguments = ("worker", "--stage", stage, "--lane", lane.value, "--instance", str(instance))
            rows.append(Row(name, kind, arguments, tier))
    return rows


def _from_base(settings: Settings, count: int) -> list[int]:
    return [settings.health_port + place for place in range(count)] if settings.health_port else []

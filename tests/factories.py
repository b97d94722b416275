"""One factory for each event of the flow: invented, valid, and the same for the same number `n`."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aduan import ids
from aduan.keyring import Keyring
from aduan.privacy import Purpose, seal_model
from aduan.tracking import tracking_number
from schemas.content import Content, Reporter
from schemas.documents import Position
from schemas.events import (
    CaseAcknowledged,
    CaseEscalated,
    CaseEvent,
    CaseOpened,
    CaseReclassified,
    CaseResolved,
    CaseTransferred,
    Channel,
    Classification,
    ComplaintReceived,
    EscalationCause,
    Finding,
    ReplyAdded,
    ReporterErased,
    Routing,
)
from schemas.topics import Lane

SECRET: Final = b"an invented secret of thirty-two"
NOW: Final = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CATEGORIES: Final = ("pungutan", "korupsi", "kekerasan", "pendidikan_lainnya")
PROVINCES: Final = ("31", "32", "33", "35")
_TEXT: Final = (
    "guru sekolah memungut biaya seragam kepada orang tua murid tanpa musyawarah dan komite meminta iuran bulanan "
    "padahal dana bos sudah cair sejak bulan lalu mohon ditindaklanjuti segera karena kami keberatan"
)
_WORDS: Final = tuple(_TEXT.split())
NO_SEAL: Final = "s1.2026-11.AAAA"
"""A value of the right form that no key opens; for tests that never unseal."""


def complaint_id(n: int = 1, source: str = "factory") -> str:
    """The id of the n-th invented complaint."""
    return ids.complaint_id(SECRET, channel="web", account="test", sender=source, external_id=str(n))


def words(n: int, count: int = 30) -> str:
    """Invented Indonesian text; neighbours differ."""
    return " ".join(_WORDS[(n * 7 + place * (1 + n % 5)) % len(_WORDS)] for place in range(count))


def reporter(n: int = 1) -> Reporter:
    """An invented person; every value can be searched for to see that it leaks nowhere."""
    return Reporter(
        name=f"Pelapor Rekaan{n:06d}",
        email=f"pelapor{n:06d}@contoh.example",
        phone=f"0812{n:08d}",
        address=f"Jalan Rekaan Nomor {n}",
        handle=f"@pelapor{n:06d}",
    )


def content(n: int = 1) -> Content:
    """The original words, with a number in them that classification would mask."""
    return Content(title=f"Keluhan {n}", text=f"{words(n)} hubungi saya di 0812{n:08d}", place="Kota Contoh")


def sealed_parts(keyring: Keyring | None, n: int, complaint: str, now: datetime = NOW) -> dict[str, str]:
    """sealed_content and sealed_reporter, with the keyring's current key, or of the right form without one."""
    if keyring is None:
        return {"sealed_content": NO_SEAL, "sealed_reporter": NO_SEAL}
    key = keyring.current(now)
    return {
        "sealed_content": seal_model(key, Purpose.CONTENT, complaint, content(n)),
        "sealed_reporter": seal_model(key, Purpose.REPORTER, complaint, reporter(n)),
    }


def complaint_received(n: int = 1, *, keyring: Keyring | None = None, **changes: Any) -> ComplaintReceived:
    """The n-th complaint as a door publishes it."""
    complaint = changes.pop("complaint_id", complaint_id(n))
    received_at = changes.pop("received_at", NOW + timedelta(seconds=n))
    values: dict[str, Any] = {
        "event_id": ids.event_id(complaint, ComplaintReceived.TYPE),
        "complaint_id": complaint,
        "occurred_at": received_at,
        "channel": Channel.WEB,
        "account": "test",
        "source": "/producers/web",
        "lane": Lane.ORDINARY,
        "body_digest": ids.body_digest(SECRET, words(n)),
        "received_at": received_at,
        **sealed_parts(keyring, n, complaint, received_at),
    }
    return ComplaintReceived(**(values | changes))


def classification(n: int = 1, **changes: Any) -> Classification:
    """Classes of the n-th complaint."""
    kategori = CATEGORIES[n % len(CATEGORIES)]
    values: dict[str, Any] = {
        "jenis": "pengaduan",
        "kategori": kategori,
        "prioritas": "normal",
        "kerahasiaan": "publik",
        "provinsi": PROVINCES[n % len(PROVINCES)],
        "confidence": 0.8,
        "findings": (Finding(field="kategori", value=kategori, rule="words", words=("biaya",)),),
        "model": "factory-1",
    }
    return Classification(**(values | changes))


def case_opened(n: int = 1, *, keyring: Keyring | None = None, **changes: Any) -> CaseOpened:
    """The n-th case's first event. `complaint_id`, `text`, `lane`, `classification`, … can be given."""
    complaint = changes.pop("complaint_id", complaint_id(n))
    received_at = changes.pop("received_at", NOW + timedelta(seconds=n))
    values: dict[str, Any] = {
        "event_id": ids.event_id(complaint, CaseOpened.TYPE),
        "complaint_id": complaint,
        "occurred_at": received_at + timedelta(seconds=2),
        "tracking_number": tracking_number(complaint),
        "channel": Channel.WEB,
        "account": "test",
        "lane": Lane.ORDINARY,
        "body_digest": ids.body_digest(SECRET, words(n)),
        "received_at": received_at,
        "title": f"Keluhan {n}",
        "text": words(n),
        "classification": classification(n),
        "routing": Routing(unit=f"dinas-{PROVINCES[n % len(PROVINCES)]}", due_at=received_at + timedelta(days=14)),
        **sealed_parts(keyring, n, complaint, received_at),
    }
    return CaseOpened(**(values | changes))


_STAFF: Final = "petugas-ult"


def _common(event_type: type[CaseEvent], n: int, nr: int, changes: dict[str, Any]) -> dict[str, Any]:
    complaint = changes.pop("complaint_id", None) or complaint_id(n)
    return {
        "event_id": ids.event_id(complaint, event_type.TYPE, nr),
        "complaint_id": complaint,
        "occurred_at": NOW + timedelta(hours=1, seconds=n, minutes=nr),
    }


def reply_added(n: int = 1, nr: int = 1, *, keyring: Keyring | None = None, **changes: Any) -> ReplyAdded:
    """The nr-th thing that the reporter of case n added."""
    values = _common(ReplyAdded, n, nr, changes)
    sealed = sealed_parts(keyring, n, values["complaint_id"], values["occurred_at"])
    values |= {
        "received_at": values["occurred_at"],
        "text": words(n + nr, 12),
        "sealed_content": sealed["sealed_content"],
    }
    return ReplyAdded(**(values | changes))


def case_reclassified(n: int = 1, nr: int = 1, **changes: Any) -> CaseReclassified:
    """Staff corrected the category."""
    values = _common(CaseReclassified, n, nr, changes) | {"actor": _STAFF, "kategori": CATEGORIES[(n + nr) % 4]}
    return CaseReclassified(**(values | changes))


def case_transferred(n: int = 1, nr: int = 1, **changes: Any) -> CaseTransferred:
    """The case moved to another unit."""
    values = _common(CaseTransferred, n, nr, changes)
    values |= {"actor": _STAFF, "unit": f"bpmp-{PROVINCES[(n + nr) % 4]}", "due_at": NOW + timedelta(days=20)}
    return CaseTransferred(**(values | changes))


def case_acknowledged(n: int = 1, nr: int = 1, **changes: Any) -> CaseAcknowledged:
    """Somebody of the unit took the case."""
    return CaseAcknowledged(**(_common(CaseAcknowledged, n, nr, changes) | {"actor": _STAFF} | changes))


def case_escalated(n: int = 1, level: int = 1, **changes: Any) -> CaseEscalated:
    """The case was escalated to a level."""
    values = _common(CaseEscalated, n, level, changes)
    values |= {"level": level, "cause": EscalationCause.OVERDUE, "unit": "dinas-31", "contact": "kepala-31"}
    return CaseEscalated(**(values | changes))


def case_resolved(n: int = 1, nr: int = 1, **changes: Any) -> CaseResolved:
    """The unit closed the case."""
    values = _common(CaseResolved, n, nr, changes) | {"actor": _STAFF, "outcome": "resolved"}
    return CaseResolved(**(values | changes))


def reporter_erased(n: int = 1, nr: int = 1, **changes: Any) -> ReporterErased:
    """The reporter asked to be forgotten."""
    return ReporterErased(**(_common(ReporterErased, n, nr, changes) | {"actor": _STAFF} | changes))


def case_events(n: int = 1, *, keyring: Keyring | None = None) -> list[CaseEvent]:
    """A whole life of case n, in order: eight events of all types but the erasure."""
    return [
        case_opened(n, keyring=keyring),
        case_acknowledged(n, 1),
        reply_added(n, 2, keyring=keyring),
        case_reclassified(n, 3),
        case_transferred(n, 4),
        case_escalated(n, 5),
        reply_added(n, 6, keyring=keyring),
        case_resolved(n, 7),
    ]


def positions(count: int, *, start: int = 0, partition: int = 0, epoch: int = 1) -> list[Position]:
    """Positions one after another on one partition of the log."""
    return [Position(epoch=epoch, partition=partition, offset=start + place) for place in range(count)]


def placed(events: Sequence[CaseEvent], *, start: int = 0, partition: int = 0) -> list[tuple[CaseEvent, Position]]:
    """Events with their positions, as the fold takes them."""
    return list(zip(events, positions(len(events), start=start, partition=partition), strict=True))

"""How the mailbox reader is: counted and logged as it goes, read by the health endpoint. Quotes no mail."""

import time
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Counter

STUCK_SECONDS: Final = 60.0
"""Without success for so long, and the process says that it is not well."""
_log = structlog.get_logger(__name__)
_MAILS = Counter("aduan_imap_mails", "Mails of the mailbox by outcome.", ["outcome"])
_FAILURES = Counter("aduan_imap_failures", "Connections or steps that failed and were tried again.")


@dataclass
class State:
    """Written by the reader alone; read from any thread."""

    connected: bool = False
    waiting_for: str = ""
    uid: int = 0
    kept: int = 0
    refused: int = 0
    well_at: float = field(default_factory=time.monotonic)

    def seconds_unwell(self) -> float:
        """Seconds since it last could do its work; 0 while it can."""
        return time.monotonic() - self.well_at if self.waiting_for else 0.0

    def well(self) -> None:
        """It has just done some of its work."""
        if self.waiting_for:
            _log.info("imap_available_again")
        self.waiting_for = ""
        self.well_at = time.monotonic()

    def unwell(self, why: str) -> None:
        """It could not go on, and tries again."""
        _FAILURES.inc()
        if why != self.waiting_for:
            _log.warning("imap_waits", reason=why)
        self.waiting_for = why

    def keep(self, outcome: str) -> None:
        """Count a mail that is kept now: `kept`, `without_file`, or `duplicate` when it was kept before."""
        self.kept += outcome != "duplicate"
        _MAILS.labels(outcome).inc()

    def refuse(self, uid: int, reason: str) -> None:
        """Count and log a mail that can't be taken."""
        self.refused += 1
        _MAILS.labels("refused").inc()
        _log.warning("imap_mail_refused", uid=uid, reason=reason)

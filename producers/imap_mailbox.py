"""One connection to one folder: what is there, its mails in pieces, marks, and waiting for news. Decides nothing."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from aduan.settings import Settings
from producers.imap_decisions import Folder, Waiting
from producers.imap_login import connect
from schemas.errors import UnavailableError

_STOP_SECONDS: Final = 0.5
"""How often it looks whether it must stop while it waits for mail."""
_CLOSED: Final = 5
"""Wake-ups in a row without a word; TLS may cause one or two."""
_SEEN: Final = b"\\Seen"
_FLAGGED: Final = b"\\Flagged"


class Mailbox:
    """An open folder. Every method raises UnavailableError when the server is away or answers nonsense: connect anew.

    Mails are read without marking them (`BODY.PEEK`): what is marked was kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        with _server():
            self._client: IMAPClient = connect(settings)
            self._client.normalise_times = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, IMAPClientError):
            if error is None:
                self._client.logout()
                return
        with suppress(OSError, IMAPClientError):
            self._client.shutdown()

    def open(self) -> Folder:
        """Open the folder, again too: that alone tells of new UIDs and of a new UIDVALIDITY."""
        with _server():
            answer = self._client.select_folder(self._settings.imap_folder)
            if b"UIDVALIDITY" not in answer:
                raise UnavailableError("the mailbox has no UIDVALIDITY: its mails can't be told apart")
            uidnext = answer.get(b"UIDNEXT") or (self._highest() if answer.get(b"EXISTS") else 0) + 1
            return Folder(int(answer[b"UIDVALIDITY"]), int(uidnext))

    def uids(self, first: int, last: int) -> list[int]:
        """UIDs of this range that exist, in order."""
        with _server():
            found = self._client.search(["UID", f"{first}:{last}"])
        return sorted(uid for uid in found if first <= uid <= last)

    def waiting(self, uids: Sequence[int]) -> list[Waiting]:
        """Their sizes and times of arrival; size 0 where the server does not say."""
        with _server():
            found = self._client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"])
        return [
            Waiting(uid, int(one.get(b"RFC822.SIZE") or 0), _utc(one.get(b"INTERNALDATE")))
            for uid, one in ((uid, found.get(uid, {})) for uid in uids)
        ]

    def fetch(self, uids: Sequence[int]) -> dict[int, bytes]:
        """The raw mails. One that was deleted meanwhile, or that the server can't read, is missing."""
        with _server():
            try:
                found = self._client.fetch(uids, ["BODY.PEEK[]"])
            except IMAPClientAbortError:
                raise
            except IMAPClientError:  # a mail that the server can't read: the others are read one by one
                if len(uids) == 1:
                    return {}
                return {uid: raw for one in uids for uid, raw in self.fetch([one]).items()}
        return {uid: one[b"BODY[]"] for uid, one in found.items() if isinstance(one.get(b"BODY[]"), bytes)}

    def mark_kept(self, uids: Sequence[int]) -> bool:
        """Mark as seen; False when the server does not let us, which harms nothing: the cursor remembers."""
        return self._flag(uids, _SEEN)

    def set_aside(self, uid: int) -> bool:
        """Move a mail that can't be taken to its folder, or flag it, for a person to look at; it stays unread."""
        folder = self._settings.imap_refused_folder
        if folder and self._move(uid, folder):
            return True
        return self._flag([uid], _FLAGGED)

    def wait(self, stop: threading.Event) -> None:
        """Return when there may be new mail, at the latest when IDLE must be given again (RFC 2177: 29 minutes)."""
        with _server():
            if not self._client.has_capability("IDLE"):
                stop.wait(self._settings.imap_poll)
                self._client.noop()
                return
            self._client.idle()
            self._listen(stop, time.monotonic() + self._settings.imap_idle)
            self._client.idle_done()

    def _listen(self, stop: threading.Event, deadline: float) -> None:
        """Until news, the deadline or `stop`. A closed connection is always readable and says nothing: that ends it."""
        silent = 0
        while not stop.is_set() and (now := time.monotonic()) < deadline:
            answers = self._client.idle_check(timeout=_STOP_SECONDS)
            if any(_is_news(one) for one in answers):
                return
            at_once = not answers and time.monotonic() - now < _STOP_SECONDS / 2
            silent = silent + 1 if at_once else 0
            if silent >= _CLOSED:
                raise UnavailableError("the mail server closed the connection")

    def _highest(self) -> int:
        """UID of the last mail, for old servers that don't tell the next one."""
        return max(self._client.search("*"), default=0)

    def _flag(self, uids: Sequence[int], flag: bytes) -> bool:
        with _server():
            try:
                self._client.add_flags(uids, [flag], silent=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:  # NO: the folder is read-only for us
                return False
        return True

    def _move(self, uid: int, folder: str) -> bool:
        with _server():
            if not self._client.has_capability("MOVE"):
                return False
            try:
                if not self._client.folder_exists(folder):
                    self._client.create_folder(folder)
                self._client.move([uid], folder)
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                return False
        return True


@contextmanager
def _server() -> Iterator[None]:
    """Whatever goes wrong with the server is unavailable. Its words are not quoted: they may hold a mail's."""
    try:
        yield
    except LoginError as error:
        raise UnavailableError("the mail server refuses the login") from error
    except (OSError, IMAPClientError, ValueError) as error:
        raise UnavailableError(f"the mailbox can't be read ({type(error).__name__})") from error


def _utc(moment: object) -> datetime | None:
    if not isinstance(moment, datetime):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _is_news(answer: object) -> bool:
    """Whether an answer during IDLE may mean a new mail, or the end of the connection."""
    return isinstance(answer, tuple) and any(word in (b"EXISTS", b"RECENT", b"BYE") for word in answer)

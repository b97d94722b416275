"""The mail receiver: SMTP or LMTP. Says 250 only with a receipt in hand, 451 when Kafka or a disk is away."""

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session

from aduan.settings import Settings
from producers.door import Door, utc_now
from producers.mail_admission import MailAdmission, largest_mail, own_addresses
from producers.mail_parsing import parse_mail
from producers.mail_tls import server_context
from schemas.errors import AduanError, InvalidError, Reason, UnavailableError

THREADS: Final = 16
DRAIN_SECONDS: Final = 10.0
TRY_LATER: Final = "451 4.3.0 The complaint could not be kept just now; send it again later"
_log = structlog.get_logger(__name__)


class MailHandler:
    """What aiosmtpd asks at each step of a mail."""

    def __init__(self, settings: Settings, door: Door) -> None:
        self._accounts = frozenset(settings.mailboxes)
        self._own = own_addresses(settings)
        self._admission = MailAdmission(settings, door)
        self._lmtp = settings.mail_in_protocol == "lmtp"
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="mail")
        self.in_hand: set[asyncio.Future[str]] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Only our mailboxes; we relay nothing."""
        if address.strip("<>").lower() not in self._accounts:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """One answer, or with LMTP one a recipient (RFC 2033): the mail is one complaint, to the first of them."""
        work = asyncio.get_running_loop().run_in_executor(self._threads, self._keep, envelope)
        self.in_hand.add(work)
        try:
            answer = await work
        finally:
            self.in_hand.discard(work)
        return "\r\n".join([answer] * len(envelope.rcpt_tos)) if self._lmtp else answer

    async def handle_exception(self, error: Exception) -> str:
        """A defect of ours: the mail must come again. Only its kind is logged: the error may quote the mail."""
        _log.error("mail_bug", kind=type(error).__name__)
        return TRY_LATER

    def close(self) -> None:
        """Close what it holds."""
        self._admission.close()

    def _keep(self, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        account = envelope.rcpt_tos[0].strip("<>").lower()
        sender = (envelope.mail_from or "").strip("<>")  # aiosmtpd leaves a null sender as "<>"
        submission = parse_mail(content, account=account, envelope_from=sender, own=self._own)
        try:
            [outcome] = self._admission.keep([(submission, utc_now())])
        except UnavailableError:
            return TRY_LATER
        except AduanError as error:  # a data file that an administrator is changing: the mail comes again
            _log.error("mail_not_ready", why=str(error))
            return TRY_LATER
        if not isinstance(outcome, InvalidError):
            return "250 2.0.0 Kept"
        if outcome.reason is Reason.TOO_LARGE:
            return "552 5.3.4 The mail or one of its attachments is too large"
        return "554 5.6.0 The mail can't be taken"


class _Connection(SMTP):
    """One SMTP connection, counted. Longer lines than the standard's 998 are in real mail and are taken."""

    line_length_limit = 1_000_000
    open_now: set["_Connection"]
    most: int

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self not in self.open_now and len(self.open_now) >= self.most:  # TLS makes the same connection once more
            stream = cast("asyncio.Transport", transport)  # uvloop's is none by inheritance
            stream.write(b"421 4.3.2 Too many connections; try again later\r\n")
            stream.close()
            return
        self.open_now.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.open_now:
            self.open_now.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        if self in self.open_now:
            super().eof_received()
        # aiosmtpd keeps the transport: a client that left before its greeting would hold its place till the timeout.
        return False

    def data_received(self, data: bytes) -> None:
        if self in self.open_now:
            super().data_received(data)


class _LmtpConnection(_Connection):
    """The same for LMTP: its greeting is LHLO."""

    show_smtp_greeting = False

    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802 - aiosmtpd's name
        """LHLO hostname"""
        await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, _hostname: str) -> None:  # noqa: N802
        """Not in LMTP."""
        await self.push('500 Error: command "HELO" not recognized')

    async def smtp_EHLO(self, _hostname: str) -> None:  # noqa: N802
        """Not in LMTP."""
        await self.push('500 Error: command "EHLO" not recognized')


class MailServer:
    """The receiver on its address; `port` is known after `start`."""

    def __init__(self, settings: Settings, door: Door) -> None:
        self._settings = settings
        self._handler = MailHandler(settings, door)
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()
        self._tls = server_context(settings)

    @property
    def port(self) -> int:
        """The port that it listens on."""
        if self._server is None:
            return 0
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # it quotes addresses
        loop = asyncio.get_running_loop()
        settings = self._settings
        self._server = await loop.create_server(
            self._connection, settings.mail_in_host, settings.mail_in_port, family=socket.AF_UNSPEC
        )

    async def stop(self) -> None:
        """Take no more; finish mails in hand within 10 s; then hang up. What was not answered is sent again."""
        if self._server is None:
            return
        self._server.close()
        if self._handler.in_hand:
            await asyncio.wait(self._handler.in_hand, timeout=DRAIN_SECONDS)
            await asyncio.sleep(0.1)  # so that the last answers are written
        for connection in list(self._open):
            if connection.transport is not None:
                connection.transport.close()
        self._handler.close()
        self._server = None

    def _connection(self) -> asyncio.BaseProtocol:
        settings = self._settings
        kind: Any = _LmtpConnection if settings.mail_in_protocol == "lmtp" else _Connection
        connection = kind(
            self._handler,
            data_size_limit=largest_mail(settings),
            enable_SMTPUTF8=True,
            hostname="aduan",
            ident="Aduan",
            timeout=settings.mail_in_timeout,
            tls_context=self._tls,
            require_starttls=settings.mail_in_require_tls,
            loop=asyncio.get_running_loop(),
        )
        connection.open_now = self._open
        connection.most = settings.mail_in_connections
        return connection  # type: ignore[no-any-return]

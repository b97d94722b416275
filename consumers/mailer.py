"""Handing mails to the mail server, with one of two verdicts each: refused for good, or try again later."""

import smtplib
import ssl
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from aduan.settings import Settings
from schemas.errors import Reason, RefusedError, UnavailableError

HandOver = Callable[[bytes], None]
"""Returns when the server took the mail or answer. Raises RefusedError or UnavailableError."""
_PERMANENT: Final = 500
_NO_SUCH_MAILBOX: Final = 550
"""What a mail is given whose recipient is no address at all."""
_PROTOCOL: Final = range(500, 505)
"""The server did not understand us (RFC 5321, 4.2.3): that says nothing of the mail."""
_IDLE_SECONDS: Final = 20.0
"""A connection that was not used for so long is made anew: servers hang up after a while."""
_NOT_ALLOWED: Final = b"5.7."
_AS_WRITTEN: Final = policy.SMTP.clone(max_line_length=900)
_AUTOMATIC: Final = "auto-replied"


class AddressUnavailableError(UnavailableError):
    """The mail server works, but can't take mail for this address now. Other mails go on."""


def smtp_hand_over(settings: Settings) -> HandOver:
    """Hand mails to the mail server of these settings; one connection serves many. For one thread.

    RefusedError(MAIL_REFUSED): the server will never take mail for this address, or this mail. Anything that may be our
    own fault or pass (no connection, 4xx, a sender or login that it does not take) is UnavailableError: retry.
    """
    connection = _Connection(settings)

    def hand_over(raw: bytes) -> None:
        message = message_from_bytes(raw, policy=_AS_WRITTEN)
        try:
            connection.send(message)
        except smtplib.SMTPRecipientsRefused as error:
            said = next(iter(error.recipients.values()), (_NO_SUCH_MAILBOX, b""))
            raise _verdict(*said) from None
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError) as error:
            connection.close()
            raise UnavailableError(f"the mail server does not take mail ({type(error).__name__})") from None

    return hand_over


class _Connection:
    """One connection to the mail server, made when it is needed."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._server: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, message: EmailMessage) -> None:
        """Send it; over a new connection if the kept one has ended meanwhile."""
        if self._server is not None and time.monotonic() - self._used_at > _IDLE_SECONDS:
            self.close()
        kept = self._server is not None
        try:
            self._send(message)
        except smtplib.SMTPServerDisconnected:
            self.close()
            if not kept:
                raise
            self._send(message)

    def close(self) -> None:
        """Hang up; the next mail makes a new connection."""
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _send(self, message: EmailMessage) -> None:
        if self._server is None:
            self._server = _connect(self._settings)
        # An automatic answer has no sender on its envelope, so that no machine answers it (RFC 3834, 3.3).
        sender = self._settings.mail_out_bounces if message["Auto-Submitted"] == _AUTOMATIC else None
        try:
            self._server.send_message(message, from_addr=sender)
        except smtplib.SMTPNotSupportedError:
            # An address that is not ASCII, and a server without SMTPUTF8 (RFC 6531): it will never take this mail.
            raise RefusedError(Reason.MAIL_REFUSED, "the mail server takes no address that is not ASCII") from None
        self._used_at = time.monotonic()


def _connect(settings: Settings) -> smtplib.SMTP:
    where = (settings.mail_out_host, settings.mail_out_port)
    if settings.mail_out_tls == "implicit":
        server: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=settings.mail_out_timeout, context=_tls(settings))
    else:
        server = smtplib.SMTP(*where, timeout=settings.mail_out_timeout)
    try:
        if settings.mail_out_tls == "starttls":
            server.starttls(context=_tls(settings))
        if settings.mail_out_username:
            server.login(settings.mail_out_username, settings.mail_out_password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def _tls(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.mail_out_ca_file)


def _verdict(code: int, answer: bytes | str) -> RefusedError | UnavailableError:
    """By the codes alone: a server's words quote addresses (RFC 5321, 4.2.1: 4yz may be retried, 5yz not).

    5.7.x says that the server does not let *us* send (RFC 3463, 3.8): relay denied, no login. That is set right by a
    person, and the mails wait for it.
    """
    if (answer if isinstance(answer, bytes) else answer.encode()).lstrip().startswith(_NOT_ALLOWED):
        return UnavailableError(f"the mail server does not let Aduan send ({code} 5.7)")
    if code in _PROTOCOL:
        return UnavailableError(f"the mail server and Aduan do not understand each other ({code})")
    if code >= _PERMANENT:
        return RefusedError(Reason.MAIL_REFUSED, f"the mail server refused it for good ({code})")
    return AddressUnavailableError(f"the mail server can't take it now ({code})")

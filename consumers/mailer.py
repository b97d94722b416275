"""Handing one mail to the mail server, with one of two verdicts: refused for good, or try again later."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Final

from aduan.settings import Settings
from schemas.errors import Reason, RefusedError, UnavailableError

HandOver = Callable[[EmailMessage], None]
"""Returns when the mail server took the mail. Raises RefusedError or UnavailableError."""
_PERMANENT: Final = 500


class AddressUnavailableError(UnavailableError):
    """The mail server works, but can't take mail for this address now. Other mails go on."""


def smtp_hand_over(settings: Settings) -> HandOver:
    """Hand mails to the mail server of these settings, one connection each: escalations are few.

    RefusedError(MAIL_REFUSED): the server will never take mail for this address, or this mail. Anything that may be our
    own fault or pass (no connection, 4xx, a sender or login that it does not take) is UnavailableError: retry.
    """

    def hand_over(message: EmailMessage) -> None:
        try:
            with smtplib.SMTP(
                settings.mail_out_host, settings.mail_out_port, timeout=settings.mail_out_timeout
            ) as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(next(code for code, _ in error.recipients.values())) from None
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code) from None
        except (smtplib.SMTPException, OSError) as error:
            raise UnavailableError(f"the mail server does not take mail ({type(error).__name__})") from None

    return hand_over


def _verdict(code: int) -> RefusedError | UnavailableError:
    """By the code alone: a server's words quote addresses (RFC 5321, 4.2.1: 4yz may be retried, 5yz not)."""
    if code >= _PERMANENT:
        return RefusedError(Reason.MAIL_REFUSED, f"the mail server refused it for good ({code})")
    return AddressUnavailableError(f"the mail server can't take it now ({code})")

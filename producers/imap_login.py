"""Opens a connection to the IMAP server: TLS as the settings say, then a password or an OAuth2 token."""

import ipaddress
import ssl

from imapclient import IMAPClient, SocketTimeout

from aduan.settings import Settings
from schemas.errors import SettingsError


def check(settings: Settings) -> None:
    """Raise SettingsError for what can never work, or would send the password in the open."""
    if not settings.imap_host:
        raise SettingsError("ADUAN_IMAP_HOST is empty: there is no mailbox to read")
    if settings.imap_tls == "none" and not _is_loopback(settings.imap_host):
        raise SettingsError("ADUAN_IMAP_TLS: none is allowed for a loopback address only; use implicit or starttls")
    if not settings.imap_username:
        raise SettingsError("ADUAN_IMAP_USERNAME is empty")
    if settings.imap_token_file is None and not settings.imap_password.get_secret_value():
        raise SettingsError("set ADUAN_IMAP_PASSWORD or ADUAN_IMAP_TOKEN_FILE")
    if settings.imap_ca_file is not None and not settings.imap_ca_file.is_file():
        raise SettingsError("ADUAN_IMAP_CA_FILE: there is no such file")


def connect(settings: Settings) -> IMAPClient:
    """A connection that is logged in. Raises OSError and IMAPClientError: nothing was read, so it may be retried."""
    implicit = settings.imap_tls == "implicit"
    context = None if settings.imap_tls == "none" else _context(settings)
    timeout = SocketTimeout(min(10.0, settings.imap_timeout), settings.imap_timeout)
    client = IMAPClient(
        settings.imap_host,
        port=settings.imap_port,
        ssl=implicit,
        ssl_context=context if implicit else None,
        timeout=timeout,
    )
    try:
        if settings.imap_tls == "starttls":
            client.starttls(context)  # raises when the server offers none: the password is not sent in the open
        _log_in(client, settings)
    except BaseException:
        client.shutdown()
        raise
    return client


def _log_in(client: IMAPClient, settings: Settings) -> None:
    """The token is read afresh each time, so that whoever refreshes it needs to write a file only."""
    if settings.imap_token_file is not None:
        token = settings.imap_token_file.read_text(encoding="ascii").strip()
        client.oauth2_login(settings.imap_username, token)
        return
    password = settings.imap_password.get_secret_value()
    if client.has_capability("LOGINDISABLED") or not (password + settings.imap_username).isascii():
        client.plain_login(settings.imap_username, password)  # SASL PLAIN is UTF-8 (RFC 4616), LOGIN is not
    else:
        client.login(settings.imap_username, password)


def _context(settings: Settings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(settings.imap_ca_file) if settings.imap_ca_file else None)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

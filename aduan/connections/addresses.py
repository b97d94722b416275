"""Where a token may be sent: over TLS, or to this machine."""

import ipaddress
from urllib.parse import urlsplit

from schemas.errors import SettingsError


def guarded(url: str, variable: str) -> str:
    """The address of a platform without its last slash. SettingsError for one that would show a token to others."""
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname:
        return url.rstrip("/")
    if parts.scheme == "http" and parts.hostname and _is_loopback(parts.hostname):
        return url.rstrip("/")
    raise SettingsError(f"{variable}: must begin with https:// (http:// only for a loopback address)")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

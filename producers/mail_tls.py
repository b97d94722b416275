"""The certificate with which the mail receiver offers STARTTLS (RFC 3207)."""

import ssl

from aduan.settings import Settings
from schemas.errors import SettingsError


def server_context(settings: Settings) -> ssl.SSLContext | None:
    """TLS for the receiver; None without a certificate. Raises SettingsError when the files are no pair, or missing."""
    certificate, key = settings.mail_in_tls_cert, settings.mail_in_tls_key
    if certificate is None:
        if key is not None or settings.mail_in_require_tls:
            raise SettingsError("ADUAN_MAIL_IN_TLS_CERT is empty: without a certificate there is no TLS")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        message = f"ADUAN_MAIL_IN_TLS_CERT and ADUAN_MAIL_IN_TLS_KEY can't be used: {error.strerror or 'no pair'}"
        raise SettingsError(message) from error
    return context

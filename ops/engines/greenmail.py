"""GreenMail: SMTP and IMAP in one small process, for the demo and the tests. It keeps mail in memory only."""

import socket
from collections.abc import Callable
from pathlib import Path

from ops.engines.part import Part, java_command
from ops.engines.ports import LOOPBACK


def greenmail_part(
    folder: Path, log: Path, *, smtp_port: int, imap_port: int, api_port: int, jars: Callable[[], list[Path]]
) -> Part:
    """GreenMail on these loopback ports; it takes mail for any address and any password."""

    def command() -> list[str]:
        settings = {
            "smtp.hostname": LOOPBACK,
            "smtp.port": smtp_port,
            "imap.hostname": LOOPBACK,
            "imap.port": imap_port,
            "api.hostname": LOOPBACK,
            "api.port": api_port,
        }
        options = [f"-Dgreenmail.{name}={value}" for name, value in settings.items()]
        return java_command(
            "-Xmx192m",
            "-XX:+UseSerialGC",
            *options,
            "-Dgreenmail.auth.disabled",
            "-jar",
            str(jars()[0]),
            quick_start=True,
        )

    return Part(
        name="greenmail",
        command=command,
        prepare=lambda: None,
        healthy=lambda: _greets(smtp_port, b"220") and _greets(imap_port, b"* OK"),
        ports={"smtp_port": smtp_port, "imap_port": imap_port, "api_port": api_port},
        folder=folder,
        log=log,
        grace=5.0,
    )


def _greets(port: int, greeting: bytes) -> bool:
    """Whether a mail server says hello here."""
    try:
        with socket.create_connection((LOOPBACK, port), 0.5) as connection:
            connection.settimeout(2)
            return connection.recv(64).startswith(greeting)
    except OSError:
        return False

"""An IMAP server of a few lines, for what GreenMail can't do: OAuth2, no IDLE, and a mail that it does not give."""

import base64
import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ops.engines.ports import LOOPBACK


@dataclass
class ScriptedImap:
    """What it holds and what it was told."""

    mails: dict[int, bytes] = field(default_factory=dict)
    token: str = "segar"
    broken: frozenset[int] = frozenset()
    """UIDs that exist, and whose fetch is refused."""
    port: int = 0
    flagged: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)

    def answer(self, command: str, rest: str) -> list[str | bytes]:
        """The untagged answers to a command, and last the tagged one without its tag."""
        self.commands.append(command)
        uids = [int(one) for one in re.findall(r"\d+", rest.split(" ", maxsplit=1)[0])]
        match command:
            case "CAPABILITY":
                untagged: list[str | bytes] = ["* CAPABILITY IMAP4rev1 AUTH=XOAUTH2"]
            case "SELECT":
                untagged = [f"* {len(self.mails)} EXISTS", "* 0 RECENT", "* OK [UIDVALIDITY 7]"]
            case "UID SEARCH":
                low, _, high = rest.removeprefix("UID ").replace("*", str(max(self.mails))).partition(":")
                found = [uid for uid in self.mails if int(low) <= uid <= int(high or low)]
                untagged = [" ".join(["* SEARCH", *map(str, found)])]
            case "UID FETCH" if "RFC822.SIZE" in rest:
                untagged = [f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(self.mails[uid])})" for uid in uids]
            case "UID FETCH" if self.broken & set(uids):
                return ["NO [SERVERBUG] cannot read"]
            case "UID FETCH":
                untagged = [self._mail(uid) for uid in uids]
            case _:
                untagged = []
        if command == "UID STORE":
            self.flagged.append(rest)
        return [*untagged, "OK done"]

    def _mail(self, uid: int) -> bytes:
        raw = self.mails[uid]
        return f"* {uid} FETCH (UID {uid} BODY[] {{{len(raw)}}}\r\n".encode() + raw + b")"


@contextmanager
def scripted_imap(script: ScriptedImap) -> Iterator[ScriptedImap]:
    """The server on `script.port` while the block runs."""
    with socket.create_server((LOOPBACK, script.port)) as server:
        script.port = server.getsockname()[1]
        threading.Thread(target=_accept, args=(server, script), daemon=True).start()
        try:
            yield script
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket, script: ScriptedImap) -> None:
    with contextlib.suppress(OSError):
        while True:
            client, _ = server.accept()
            threading.Thread(target=_serve, args=(client, script), daemon=True).start()


def _serve(client: socket.socket, script: ScriptedImap) -> None:
    with client, client.makefile("rwb") as stream, contextlib.suppress(OSError):
        stream.write(b"* OK hello\r\n")
        stream.flush()
        for line in stream:
            tag, _, rest = line.decode().strip().partition(" ")
            command, _, rest = rest.partition(" ")
            if command == "UID":
                verb, _, rest = rest.partition(" ")
                command = f"UID {verb}"
            if command == "AUTHENTICATE":
                stream.write(b"+ \r\n")
                stream.flush()
                said = base64.b64decode(stream.readline()).decode()
                right = said == f"user=ult@contoh.id\1auth=Bearer {script.token}\1\1"
                answers: list[str | bytes] = ["OK in" if right else "NO [AUTHENTICATIONFAILED] no"]
            else:
                answers = script.answer(command, rest)
            *untagged, last = answers
            for one in (*untagged, f"{tag} {last!s}"):
                stream.write((one if isinstance(one, bytes) else one.encode()) + b"\r\n")
            stream.flush()
            if command == "LOGOUT":
                return

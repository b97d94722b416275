"""The door that judges: the real one, with nothing behind it."""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from aduan.connections.publisher import Record
from aduan.keyring import Keyring
from aduan.settings import Settings, load_settings
from aduan.tokens import Role, Tokens, tokens_path
from producers.attachments import MemoryBlobs
from producers.claims import Claims
from producers.door import Door

NAME: Final = "uji"
"""Name of the adapter under test."""


class Nowhere:
    """A publisher whose records go nowhere: the kit only needs the door's word."""

    def publish(self, records: Sequence[Record]) -> None:
        """Acknowledge all."""


@contextmanager
def judging_door(folder: Path) -> Iterator[tuple[Settings, Door, Tokens, str]]:
    """Settings, door, tokens, and the token of the adapter under test."""
    settings = load_settings(data_dir=folder, secret="0" * 64, namespace="", intake_rate="10000/second")
    tokens = Tokens(tokens_path(settings))
    token = tokens.new(NAME, Role.ADAPTER)
    with closing(Claims(folder / "claims.sqlite")) as claims:
        yield settings, Door(settings, Nowhere(), claims, Keyring(folder / "keyring"), MemoryBlobs()), tokens, token

"""What the public reads on the intake's origin: routes that `aduan intake` adds to the doors' own."""

from starlette.routing import BaseRoute

from aduan.settings import Settings
from portal.index_reader import IndexReader


def public_routes(settings: Settings, reader: IndexReader) -> list[BaseRoute]:  # noqa: ARG001 - filled below
    """Every route of the public that reads the index. Each answers 503 alone when the index is away."""
    return []

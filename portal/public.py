"""What the public reads on the intake's origin: routes that `aduan intake` adds to the doors' own."""

from starlette.routing import BaseRoute

from aduan.settings import Settings
from portal.index_reader import IndexReader
from portal.open311 import Open311Requests


def public_routes(settings: Settings, reader: IndexReader) -> list[BaseRoute]:  # noqa: ARG001 - the tracking page's
    """Every route of the public that reads the index. Each answers 503 alone when the index is away."""
    return [*Open311Requests(reader).routes()]

"""What the public reads on the intake's origin: routes that `aduan intake` adds to the doors' own."""

from starlette.routing import BaseRoute, Route

from aduan.settings import Settings
from portal.index_reader import IndexReader
from portal.open311 import Open311Requests
from portal.openapi import PATH, get_openapi
from portal.tracking_page import TrackingPage


def public_routes(settings: Settings, reader: IndexReader) -> list[BaseRoute]:
    """Every route of the public that reads the index. Each answers 503 alone when the index is away."""
    return [
        *TrackingPage(settings, reader).routes(),
        *Open311Requests(reader).routes(),
        Route(PATH, get_openapi, methods=["GET"]),
    ]

"""Answers of the Open311 doors as JSON or XML. Writes XML, and never reads any."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from xml.etree import ElementTree as ET

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PREFIX: Final = "/open311/v2"
_ITEM: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "errors": "error",
    "endpoints": "endpoint",
    "formats": "format",
}
"""From the name of a list to the name of what is in it."""
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 can't hold, not even escaped."""


class Format(StrEnum):
    """What a client asks for by the end of the path."""

    JSON = "json"
    XML = "xml"

    @property
    def media_type(self) -> str:
        """As GeoReport v2 writes it."""
        return "application/json" if self is Format.JSON else "text/xml"


def format_of(request: Request) -> Format:
    """By the end of the path; XML, the format that the standard requires, where it ends in neither."""
    return Format.JSON if request.url.path.endswith(".json") else Format.XML


def render(
    request: Request,
    root: str,
    answer: BaseModel | Sequence[BaseModel],
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer in the format asked for. `root` is the XML root's name, e.g. `services`."""
    content: Any
    if isinstance(answer, BaseModel):
        content = answer.model_dump(mode="json")
    else:
        content = [one.model_dump(mode="json") for one in answer]
    if format_of(request) is Format.JSON:
        return JSONResponse(content, status.value, headers)
    return Response(to_xml(root, content), status.value, headers, media_type="text/xml; charset=utf-8")


def to_xml(root: str, content: Any) -> bytes:
    """UTF-8 with its declaration. Mappings are elements, lists hold their items, None is an empty element."""
    written: bytes = ET.tostring(_element(root, content), encoding="utf-8", xml_declaration=True)
    return written


def _element(name: str, content: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(content, Mapping):
        element.extend(_element(key, value) for key, value in content.items())
    elif isinstance(content, list | tuple):
        element.extend(_element(_ITEM[name], value) for value in content)
    elif isinstance(content, bool):
        element.text = "true" if content else "false"
    elif content is not None:
        element.text = _NOT_XML.sub("�", str(content))
    return element

"""Writes docs/openapi.json and docs/openapi-portal.json from the models and tables of operations (`make docs`)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from portal.openapi import intake_document
from portal.search_openapi import portal_document

DOCUMENTS: Final = {Path("docs/openapi.json"): intake_document, Path("docs/openapi-portal.json"): portal_document}


def render(document: Mapping[str, Any]) -> str:
    """The file's text."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for page, made in DOCUMENTS.items():
        page.write_text(render(made()), encoding="utf-8")

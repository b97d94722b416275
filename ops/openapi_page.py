"""Writes docs/openapi.json from the models and the table of operations (`make docs`)."""

import json
from pathlib import Path

from portal.openapi import intake_document

PAGE = Path("docs/openapi.json")


def render() -> str:
    """The file's text."""
    return json.dumps(intake_document(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render(), encoding="utf-8")

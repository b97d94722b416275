"""Writes docs/settings.md from the one table of settings (`make docs`)."""

from pathlib import Path

from pydantic import SecretStr

from aduan.settings import Settings

HEAD = """# Settings

Every setting of Aduan, read once from the environment when a process starts. This page is made from
`aduan/settings.py` by `make docs`; a test fails when they differ.

Secrets (`SECRET`, passwords, API keys, tokens) come from the environment only and never show in logs or errors.

| variable | default | what it is |
|---|---|---|
"""


def render() -> str:
    """The page's text."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if isinstance(default, SecretStr) or default in (None, "") else f"`{default}`"
        rows.append(f"| `ADUAN_{name.upper()}` | {shown} | {field.description} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    Path("docs/settings.md").write_text(render(), encoding="utf-8")

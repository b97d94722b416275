"""Settings as the environment of a process that a test starts."""

import os

from pydantic import SecretStr

from aduan.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with every `ADUAN_…` variable replaced by these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ADUAN_")}
    for name, value in settings:
        if value is None:
            continue
        plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        kept[f"ADUAN_{name.upper()}"] = plain
    return kept

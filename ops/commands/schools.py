"""`aduan schools FILE`: the list of schools that the form searches."""

from pathlib import Path
from typing import Annotated

import typer

from aduan.settings import load_settings
from producers.schools import build, read_schools, schools_path


def register(cli: typer.Typer) -> None:
    """Add `aduan schools`."""
    cli.command("schools")(schools)


def schools(
    file: Annotated[Path, typer.Argument(help="TSV or CSV with the columns npsn, nama, jenjang, kabupaten.")],
) -> None:
    """Take over a list of schools, in place of the one before; the form's search finds them at once."""
    settings = load_settings()
    count = build(schools_path(settings.data_dir), read_schools(file))
    typer.echo(f"{count} schools")

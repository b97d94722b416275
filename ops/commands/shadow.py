"""`aduan model shadow`: where the shadow model answers otherwise than the one that serves."""

from collections import Counter
from typing import Annotated

import typer

from aduan.model.serving import models_folder
from aduan.model.shadow_file import read_differences
from aduan.settings import load_settings


def shadow(
    most: Annotated[int, typer.Option(min=0, max=100_000, help="Latest complaints to show.")] = 20,
) -> None:
    """Print how often each answer changes, and the latest complaints with both answers: ids and codes only."""
    found = list(read_differences(models_folder(load_settings())))
    if not found:
        typer.echo("no differences kept; ADUAN_MODEL_SHADOW names the model that is tried")
        return
    changes = Counter((name, *pair) for one in found for name, pair in one.fields.items())
    typer.echo(f"{len(found)} complaints answered differently; last by {found[-1].shadow}")
    for (name, served, second), count in changes.most_common():
        typer.echo(f"{count:6}  {name}: {served} -> {second}")
    for one in found[-most:] if most else ():
        told = ", ".join(f"{name} {served} -> {second}" for name, (served, second) in one.fields.items())
        typer.echo(f"{one.complaint_id}  {told}")

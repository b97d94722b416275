"""`aduan file`: one complaint that somebody brings to the counter or the telephone, entered on the command line.

With a token it goes to the intake by HTTP: the clerk needs no secret of the installation. Without one, an operator with
the settings goes through the door itself and says by `--clerk` who enters.
"""

import base64
import json
import mimetypes
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from aduan.settings import load_settings
from ops.filing import by_http, same_key, through_door
from schemas.errors import SettingsError, UnavailableError
from schemas.events import Channel


def register(cli: typer.Typer) -> None:
    """Add `aduan file`."""
    cli.command("file")(file)


def file(
    *,
    channel: Annotated[Channel | None, typer.Option(help="counter or phone.")] = None,
    text: Annotated[str | None, typer.Option(help="What happened; default: standard input, or you are asked.")] = None,
    title: Annotated[str, typer.Option(help="A title.")] = "",
    name: Annotated[str, typer.Option(help="Who reports.")] = "",
    phone: Annotated[str, typer.Option(help="Telephone number of who reports.")] = "",
    email: Annotated[str, typer.Option(help="Mail address of who reports.")] = "",
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Who reports wants no name.")] = False,
    kategori: Annotated[str, typer.Option(help="Code of the category.")] = "",
    provinsi: Annotated[str, typer.Option(help="Kemendagri code of the province, two digits.")] = "",
    kabupaten: Annotated[str, typer.Option(help="Kemendagri code of the kabupaten or kota, four digits.")] = "",
    place: Annotated[str, typer.Option(help="Regency or city, school or campus.")] = "",
    kerahasiaan: Annotated[str, typer.Option(help="publik, anonim or rahasia.")] = "",
    attach: Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A file; repeatable.")] = None,
    key: Annotated[str, typer.Option(help="Key of an earlier, interrupted run.")] = "",
    new: Annotated[bool, typer.Option("--new", help="Another complaint, though the same was entered today.")] = False,
    clerk: Annotated[str, typer.Option(help="Who enters it, without a token: through the door of this machine.")] = "",
    intake: Annotated[
        str, typer.Option(envvar="ADUAN_INTAKE", help="Address of the intake; default: public_url.")
    ] = "",
    token: Annotated[str, typer.Option(envvar="ADUAN_TOKEN", help="Token of a clerk.", show_default=False)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the receipt as JSON.")] = False,
) -> None:
    """Enter a complaint for somebody and print the number and secret to hand over.

    The same words again on the same day are the same complaint, so a command that was interrupted is just repeated.
    """
    settings = load_settings()
    if bool(token) == bool(clerk):
        raise SettingsError("give either a token (ADUAN_TOKEN) or --clerk with the name of who enters it")
    given = {"title": title, "kategori": kategori, "provinsi": provinsi, "kabupaten": kabupaten, "place": place}
    who = {"name": name, "phone": phone, "email": email}
    if anonymous and any(who.values()):
        raise SettingsError("give either --anonymous or --name, --phone and --email")
    asked = _asked(channel, text, who, anonymous=anonymous)
    body = {field: value for field, value in (given | {"kerahasiaan": kerahasiaan} | asked).items() if value}
    body["attachments"] = [_attachment(path) for path in attach or ()]
    chosen = key or (secrets.token_urlsafe(16) if new else same_key(settings, token, body))
    typer.echo(f"key {chosen}: should this be interrupted, repeat it with --key {chosen}", err=True)
    receipt = (
        by_http(intake or settings.public_url, token, chosen, body)
        if token
        else through_door(settings, clerk, chosen, body)
    )
    typer.echo(json.dumps(receipt, ensure_ascii=False, indent=2) if as_json else _sheet(receipt))


def _asked(channel: Channel | None, text: str | None, who: Mapping[str, str], *, anonymous: bool) -> dict[str, Any]:
    """What was given, and what a person at a terminal is asked for."""
    terminal = sys.stdin.isatty()
    if channel is None and terminal:
        channel = Channel(typer.prompt("Channel (counter, phone)", default="counter"))
    if text is None:
        text = _paragraph() if terminal else sys.stdin.read()
    values = dict(who)
    if terminal and not anonymous and not any(values.values()):
        for field, label in (("name", "Name (empty: anonymous)"), ("phone", "Telephone"), ("email", "Mail")):
            values[field] = typer.prompt(label, default="", show_default=False)
            if not values["name"]:
                break
    reporter = {field: value for field, value in values.items() if value}
    return {"channel": (channel or Channel.COUNTER).value, "text": text, "reporter": reporter}


def _paragraph() -> str:
    typer.echo("What happened? End with an empty line.", err=True)
    lines: list[str] = []
    while line := sys.stdin.readline().rstrip("\n"):
        lines.append(line)
    return "\n".join(lines)


def _attachment(path: Path) -> dict[str, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnavailableError(f"{path} can't be read: {error.strerror}") from error
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return {"name": path.name, "media_type": kind, "content_base64": base64.b64encode(data).decode()}


def _sheet(receipt: Mapping[str, Any]) -> str:
    """What is read out, or cut off and handed over."""
    lines = [
        *_danger(receipt["hotlines"]),
        f"Nomor pengaduan : {receipt['tracking_number']}",
        f"Kode rahasia    : {receipt['secret']}",
        *([] if receipt["hotlines"] else [_answer_by(receipt["working_days"])]),
        *(["Sudah pernah disimpan; nomornya tetap sama."] if receipt["duplicate"] else []),
    ]
    return "\n".join(lines)


def _answer_by(days: Mapping[str, int]) -> str:
    return f"Jawaban         : paling lama {days['pengaduan']} hari kerja (pertanyaan {days['informasi']} hari kerja)"


def _danger(hotlines: Sequence[Mapping[str, str]]) -> list[str]:
    if not hotlines:
        return []
    return ["BAHAYA? Sampaikan sekarang juga:", *(f"  {one['number']}  {one['id']}" for one in hotlines), ""]

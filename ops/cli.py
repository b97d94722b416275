"""The command `aduan`: a table from a command's name to the module that holds it, read only when it is called.

Loading one module keeps `aduan worker` small: a stream worker never imports the search client or a web framework.
"""

import gc
import importlib
import sys
from typing import Final

import typer

from schemas.errors import AduanError

COMMANDS: Final[dict[str, str]] = {
    "up": "ops.commands.engines",
    "down": "ops.commands.engines",
    "status": "ops.commands.engines",
    "setup": "ops.commands.setup",
    "run": "ops.commands.run",
    "demo": "ops.commands.demo",
    "intake": "ops.commands.doors",
    "mail-in": "ops.commands.doors",
    "social-poll": "ops.commands.social",
    "imap": "ops.commands.doors",
    "admission": "ops.commands.admission",
    "adapter": "ops.commands.adapters",
    "send": "ops.commands.send",
    "file": "ops.commands.file",
    "sp4n": "ops.commands.sp4n",
    "worker": "ops.commands.worker",
    "indexer": "ops.commands.indexing",
    "reindex": "ops.commands.indexing",
    "dead-letters": "ops.commands.dead_letters",
    "escalator": "ops.commands.escalation",
    "notifier": "ops.commands.notifying",
    "schools": "ops.commands.schools",
    "lag": "ops.commands.lag",
    "portal": "ops.commands.portal",
    "search": "ops.commands.portal",
    "case": "ops.commands.cases",
    "token": "ops.commands.tokens",
    "keys": "ops.commands.keys",
    "evaluate": "ops.commands.evaluate",
    "train": "ops.commands.train",
    "model": "ops.commands.model",
    "route": "ops.commands.route",
}
"""Each module has `register(cli)`, which adds its commands."""


def build(names: list[str]) -> typer.Typer:
    """The command line with the modules of these commands; all of them for `--help`."""
    cli = typer.Typer(
        name="aduan",
        help="Public complaints on education and culture: from message to searchable case.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    cli.callback()(_root)
    gc.disable()  # importing makes 170,000 objects and no garbage: an eighth of a worker's start would go into looking
    try:
        for module in dict.fromkeys(COMMANDS[name] for name in names):
            importlib.import_module(module).register(cli)
    finally:
        gc.enable()
    return cli


def _root() -> None:
    """Public complaints on education and culture: from message to searchable case."""


def main() -> None:
    """Run one command. Our own errors are one line on stderr and exit code 1, never a traceback."""
    asked = next((word for word in sys.argv[1:] if not word.startswith("-")), None)
    names = [asked] if asked in COMMANDS else list(COMMANDS)
    try:
        build(names)()
    except AduanError as error:
        typer.echo(f"aduan: {error}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""``python -m etl``: bring files in, split grids, load the demo."""

from __future__ import annotations

import sys

import typer

from etl import cli
from etl.demo import cli as demo_cli
from geo import settings, words
from geo.errors import WanggeError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="From files to layers.")


@app.callback()
def _start() -> None:
    """From files to layers."""


app.command("import")(cli.import_files)
app.command("grids")(cli.split_grids)
app.command("addresses")(cli.join_address_points)
app.command("walkways")(cli.walkways)
app.command("demo")(demo_cli.demo)


def main() -> None:
    """Run a command; an error is one sentence in the reader's language, never a traceback."""
    try:
        words.speak(settings.language().language)
        app()
    except WanggeError as error:
        typer.echo(words.explain(error), err=True)
        sys.exit(cli.FAILED)


if __name__ == "__main__":
    main()

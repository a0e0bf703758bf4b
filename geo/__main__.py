"""``python -m geo``: bring the tables up to date, compute the figures."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from geo import cli, settings, words
from geo.errors import WanggeError
from geo.words import _

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Store and figures.")


app.add_typer(cli.app, name="plan")


@app.callback()
def _start() -> None:
    """Store and figures."""


@app.command()
def migrate() -> None:
    """Create the tables, or bring those of an earlier version up to date."""
    from geo.store import migrate as migration
    from geo.store.engine import open_store

    with open_store("owner") as engine:
        changed = migration.upgrade(engine)
    typer.echo(_("The tables are up to date.") if not changed else _("The tables were updated."))


@app.command()
def compute(
    community: Annotated[
        list[str] | None,
        typer.Option(help="Code of a community; repeat for several. Default: all."),
    ] = None,
) -> None:
    """Compute what is derived: counts per building, cells, figures of grids and communities."""
    from geo.store.compute import communities_of, refresh
    from geo.store.engine import open_store

    with open_store("app") as engine:
        report = refresh(engine, communities_of(engine, community) if community else None)
    for line in report.lines():
        typer.echo(line)


def main() -> None:
    """Run a command; an error is one sentence in the reader's language, never a traceback."""
    try:
        words.speak(settings.language().language)
        app()
    except WanggeError as error:
        typer.echo(words.explain(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

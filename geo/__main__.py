"""``python -m geo``: bring the tables up to date, compute the figures."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geo import cli, hotspots_cli, settings, words
from geo.errors import N_, InputError, WanggeError
from geo.periods import ZONE, midnight
from geo.words import _

if TYPE_CHECKING:
    from rich.progress import Progress

    from geo.store import fleet

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Store and figures.")


app.add_typer(cli.app, name="plan")
app.command()(hotspots_cli.hotspots)


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
    as_of: Annotated[
        str, typer.Option(help="Compute as if the data ended then: YYYY-MM-DD or a time.")
    ] = "",
    workers: Annotated[
        int, typer.Option(min=0, help="Communities at once, each in a process of its own.")
    ] = 0,
    scheduler: Annotated[
        str, typer.Option(help="Address of a Dask scheduler, tcp://host:8786.")
    ] = "",
) -> None:
    """Compute what is derived: counts per building, cells, figures of grids and communities."""
    from geo.store import fleet
    from geo.store.compute import communities_of
    from geo.store.engine import open_store

    if workers and scheduler:
        raise InputError(N_("Give either --workers or --scheduler, not both."))
    runner = fleet.Dask(scheduler) if scheduler else fleet.Processes(workers)
    with open_store("app") as engine:
        ids = communities_of(engine, community) if community else None
        cut_off = _cut_off(engine, as_of)
        lines, failed = (
            _by_community(engine, ids, cut_off, runner)
            if workers or scheduler
            else _at_once(engine, ids, cut_off)
        )
    for line in [*lines, *_told(cut_off)]:
        typer.echo(line)
    if failed:
        raise typer.Exit(1)


def _cut_off(engine: Any, text: str) -> datetime | None:
    """Read a day, which means its end, or a time; refuse one at which there is nothing to tell."""
    from geo.store.compute import check_cut_off

    if not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise InputError(N_("{value} is no day. Write it as 2026-11-20."), value=text) from None
    if len(text) <= len("2026-11-20"):
        read = midnight(read.date() + timedelta(days=1)) - timedelta(microseconds=1)
    as_of = read if read.tzinfo else read.replace(tzinfo=ZONE)
    with engine.connect() as connection:
        check_cut_off(connection, as_of, datetime.now(ZONE))
    return as_of


def _told(cut_off: datetime | None) -> list[str]:
    if cut_off is None:
        return []
    return [
        _(
            "As if the records ended at {time}: pages show that until figures are computed again.",
            time=f"{cut_off.astimezone(ZONE):%Y-%m-%d %H:%M}",
        )
    ]


def _at_once(engine: Any, ids: list[int] | None, as_of: datetime | None) -> tuple[list[str], bool]:
    """Compute all in one transaction; if that fails, one by one, to keep what can be had."""
    from geo.store import fleet
    from geo.store.compute import refresh

    try:
        return refresh(engine, ids, as_of=as_of).lines(), False
    except KeyboardInterrupt:
        raise _stopped(N_("Stopped. Nothing was changed.")) from None
    except Exception:  # noqa: BLE001 - whatever it is, one by one it is told of its community
        return _by_community(engine, ids, as_of, fleet.Here())


def _by_community(
    engine: Any, ids: list[int] | None, as_of: datetime | None, runner: fleet.Runner
) -> tuple[list[str], bool]:
    from geo.store import fleet

    with _progress() as bar:
        task = bar.add_task("", total=None)

        def told(done: int, of: int, outcome: fleet.Outcome) -> None:
            bar.update(task, completed=done, total=of, description=outcome.code)

        try:
            report = fleet.compute(engine, ids, runner=runner, as_of=as_of, told=told)
        except KeyboardInterrupt:
            raise _stopped(N_("Stopped. What was finished is kept.")) from None
    return report.lines(), bool(report.failed)


def _stopped(sentence: str) -> typer.Exit:
    typer.echo(_(sentence), err=True)
    return typer.Exit(130)


def _progress() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


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

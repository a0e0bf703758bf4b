"""``python -m etl demo``: what a person types."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import typer

from geo.errors import N_, InputError
from geo.words import _

ZONE = ZoneInfo("Asia/Shanghai")


def _moment(text: str) -> datetime:
    """Read a cut-off; without a zone it is China's time.

    Raises
    ------
    InputError
        If it is no time.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(N_("{text} is no time. Write 2026-11-20T18:00."), text=text) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def demo(
    seed: Annotated[int | None, typer.Option(min=0, help="Same seed, same data.")] = None,
    as_of: Annotated[str, typer.Option(help="Data cut-off, China's time.")] = "2026-11-20T18:00",
    scale: Annotated[
        str | None,
        typer.Option(help="A synthetic city instead: city (100,000 buildings), or how many."),
    ] = None,
    compute: Annotated[bool, typer.Option(help="Compute the figures too.")] = True,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete ALL data of the database first.")
    ] = False,
    if_empty: Annotated[
        bool, typer.Option("--if-empty", help="Say nothing when there is data already.")
    ] = False,
    write_boundaries: Annotated[
        bool, typer.Option("--write-boundaries", help="Only rewrite data/boundaries and the truth.")
    ] = False,
) -> None:
    """Load five demo communities, or a city for benchmarks, into an empty database."""
    from etl.demo.load import DEFAULT_SEED, load_demo
    from geo.store.engine import open_store
    from geo.store.migrate import upgrade

    moment, chosen = _moment(as_of), DEFAULT_SEED if seed is None else seed
    if write_boundaries:
        _rewrite(chosen, moment)
        return
    with open_store("owner") as engine:
        upgrade(engine)
        if if_empty and _has_data(engine):
            return
        load_demo(
            engine,
            seed=chosen,
            as_of=moment,
            scale=scale,
            compute=compute,
            replace=replace,
            tell=typer.echo,
        )


def _has_data(engine: sa.Engine) -> bool:
    """Tell whether the database holds data."""
    from geo.store.fill import is_empty

    with engine.connect() as connection:
        return not is_empty(connection)


def _rewrite(seed: int, moment: datetime) -> None:
    from etl.demo.boundaries import write
    from geo.settings import PROJECT_DIR

    for path in write(PROJECT_DIR, seed, moment):
        typer.echo(_("Wrote {path}.", path=path.relative_to(PROJECT_DIR)))

"""Putting the demo, or a city for benchmarks, into an empty database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from etl.demo import city, world
from geo.errors import N_, InputError
from geo.store import fill
from geo.store.compute import refresh
from geo.words import _

DEFAULT_AS_OF = datetime(2026, 11, 20, 18, tzinfo=ZoneInfo("Asia/Shanghai"))
DEFAULT_SEED = world.DEFAULT_SEED
CITY_BUILDINGS = 100_000

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Loaded:
    """What a run did.

    Attributes
    ----------
    done
        False when the database held data already; nothing was touched then.
    rows
        Rows written, without computed ones.
    make_s, copy_s, compute_s
        Seconds: making the rows, writing them with indexes and checks, computing figures.
    """

    done: bool
    rows: int = 0
    make_s: float = 0.0
    copy_s: float = 0.0
    compute_s: float = 0.0


def _quiet(_text: str) -> None:
    """Say nothing."""


def buildings_wanted(scale: str | int) -> int:
    """Read ``--scale``: ``city`` or a number of buildings.

    Raises
    ------
    InputError
        If it is neither.
    """
    text = str(scale).strip().lower()
    if text == "city":
        return CITY_BUILDINGS
    if not text.isdecimal() or int(text) < city.SMALLEST:
        raise InputError(
            N_("--scale takes city or a number of buildings from {n}, not {text}."),
            n=city.SMALLEST,
            text=text,
        )
    return int(text)


def _write(
    engine: sa.Engine, frames: city.Frames, tell: Tell, *, replace: bool
) -> tuple[int, float]:
    """Write frames in one transaction; return rows and seconds."""
    start = time.perf_counter()
    with engine.begin() as connection:
        if replace:
            fill.clear(connection)
        rows = fill.fill(connection, frames)
    seconds = time.perf_counter() - start
    speed = rows / seconds
    tell(
        _(
            "Wrote {n} rows in {seconds} s, {speed} rows a second.",
            n=f"{rows:,}",
            seconds=f"{seconds:.1f}",
            speed=f"{speed:,.0f}",
        )
    )
    return rows, seconds


def load_demo(
    engine: sa.Engine,
    *,
    seed: int = DEFAULT_SEED,
    as_of: datetime = DEFAULT_AS_OF,
    scale: str | int | None = None,
    compute: bool = True,
    replace: bool = False,
    tell: Tell = _quiet,
) -> Loaded:
    """Load the demo into an empty database; a second time changes nothing.

    Parameters
    ----------
    engine
        The owner's engine is faster: foreign keys and indexes are then built once, at the end.
    seed
        Same seed and cut-off, same data, byte for byte.
    as_of
        Data cut-off, with a zone.
    scale
        None for the five communities; ``city`` or a number of buildings for a synthetic city.
    compute
        Whether to compute the figures too.
    replace
        Delete everything that is there first (needs the owner's engine).
    tell
        Told what happens, in the language of this context.

    Raises
    ------
    InputError
        If `scale` makes no sense.
    sqlalchemy.exc.DBAPIError
        When the database refuses.
    """
    wanted = None if scale is None else buildings_wanted(scale)
    if not replace and not _is_empty(engine):
        tell(_("The database already holds data: it is kept, no demo was loaded."))
        return Loaded(done=False)
    start = time.perf_counter()
    if wanted is None:
        frames, _truth = world.make(seed, as_of, lambda name: tell(_("Made {name}.", name=name)))
    else:
        frames = city.make(wanted, seed, as_of)
        tell(_("Made a city of {n} buildings.", n=f"{wanted:,}"))
    make_s = time.perf_counter() - start
    rows, copy_s = _write(engine, frames, tell, replace=replace)
    compute_s = _figures(engine, tell) if compute else 0.0
    fill.settle(engine)
    return Loaded(done=True, rows=rows, make_s=make_s, copy_s=copy_s, compute_s=compute_s)


def _is_empty(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        return fill.is_empty(connection)


def _figures(engine: sa.Engine, tell: Tell) -> float:
    start = time.perf_counter()
    for line in refresh(engine).lines():
        tell(line)
    return time.perf_counter() - start

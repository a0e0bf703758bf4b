"""What the routes work with: the store's engines, the tile cache, the folders of files.

One object a process, filled when the server starts. Database work runs in threads of a bounded
pool; identical questions asked at the same time are answered by one of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from anyio import CapacityLimiter, to_thread

from dashboard.files import Files
from geo.errors import N_, StoreUnreachableError
from geo.store.access import Viewer
from geo.store.tiles import Question, Tile, Tiles, tile_engine
from geo.store.versions import Versions

TILE_CONNECTIONS = 4
VERSION_INTERVAL_S = 1.0
OWN_FILES = Path(__file__).resolve().parent / "static"

_LOG = logging.getLogger("wangge.backend")
_Answer = TypeVar("_Answer")


@dataclass
class Backend:
    """The open store and files of a running server.

    Parameters
    ----------
    engine
        The app engine.
    assets_dir
        Folder of the front-end packages.
    version_interval_s
        Seconds a data version is believed.
    """

    engine: sa.Engine
    assets_dir: Path
    version_interval_s: float = VERSION_INTERVAL_S
    tiles: Tiles = field(init=False)
    files: Files = field(default_factory=Files)
    _engines: tuple[sa.Engine, sa.Engine] = field(init=False)
    _limiters: tuple[CapacityLimiter, CapacityLimiter] | None = field(default=None, init=False)
    _making: dict[str, asyncio.Task[Tile]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        far = tile_engine(self.engine, TILE_CONNECTIONS)
        near = tile_engine(self.engine, TILE_CONNECTIONS, near=True)
        self._engines = (far, near)
        self.tiles = Tiles(far, Versions(far, self.version_interval_s), near=near)

    def close(self) -> None:
        """Close the tiles' connections; the app engine belongs to whoever opened it."""
        for engine in self._engines:
            engine.dispose()

    async def run(self, work: Callable[[], _Answer], *, slow: bool = False) -> _Answer:
        """Run database work in a thread, at most `TILE_CONNECTIONS` at a time.

        What is `slow` (seconds, as setting drawings) goes one at a time, beside the rest: no tile
        waits for it.

        Raises
        ------
        StoreUnreachableError
            If the database does not answer.
        """
        if self._limiters is None:
            self._limiters = (CapacityLimiter(TILE_CONNECTIONS), CapacityLimiter(1))
        try:
            return await to_thread.run_sync(work, limiter=self._limiters[slow])
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            _LOG.warning("the database failed: %s", getattr(error, "orig", None) or error)
            raise StoreUnreachableError(
                N_("The database did not answer in time. Wait a moment and try again.")
            ) from error

    async def etag(self, question: Question, viewer: Viewer) -> str:
        """Return the entity tag of a tile; a thread is needed only when the version is old."""
        if self.tiles.versions.fresh():
            return self.tiles.etag(question, viewer)
        return await self.run(lambda: self.tiles.etag(question, viewer))

    async def tile(self, question: Question, viewer: Viewer, etag: str) -> Tile:
        """Return a tile from the cache, or make it once for everybody who asks meanwhile."""
        kept = self.tiles.kept(etag)
        if kept:
            return kept
        task = self._making.get(etag)
        if task is None:
            task = asyncio.create_task(
                self.run(lambda: self.tiles.make(question, viewer, etag)), name=f"tile {etag}"
            )
            self._making[etag] = task
            task.add_done_callback(lambda done: self._made(etag, done))
        return await asyncio.shield(task)

    def _made(self, etag: str, done: asyncio.Task[Tile]) -> None:
        self._making.pop(etag, None)
        if not done.cancelled():
            done.exception()  # whoever waits gets it; if all have gone, nobody needs to

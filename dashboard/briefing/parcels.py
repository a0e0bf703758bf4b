"""Zips that were made and wait to be fetched, each by whom it was made for."""

from __future__ import annotations

import atexit
import secrets
import shutil
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

MOST: Final = 8
"""So many wait; the oldest makes room."""


@dataclass(frozen=True)
class Waiting:
    """A zip that waits.

    Attributes
    ----------
    path
        Where it is.
    name
        How it is called when it is taken away.
    viewer
        Whose it is.
    """

    path: Path
    name: str
    viewer: str


class Parcels:
    """The zips of this server."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="wangge-briefings-"))
        self._waiting: OrderedDict[str, Waiting] = OrderedDict()
        self._lock = threading.Lock()

    def path(self) -> Path:
        """Return a place for another zip."""
        return self._folder / f"{secrets.token_hex(8)}.zip"

    def keep(self, path: Path, name: str, viewer: str) -> str:
        """Let a zip wait; return the key it is fetched by."""
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._waiting[key] = Waiting(path, name, viewer)
            while len(self._waiting) > MOST:
                _key, gone = self._waiting.popitem(last=False)
                gone.path.unlink(missing_ok=True)
        return key

    def fetch(self, key: str, viewer: str) -> Waiting | None:
        """Return a zip; None where there is none (any more), or it is somebody else's."""
        with self._lock:
            found = self._waiting.get(key)
        return found if found and found.viewer == viewer and found.path.exists() else None

    def close(self) -> None:
        """Throw all of them away."""
        shutil.rmtree(self._folder, ignore_errors=True)


@cache
def parcels() -> Parcels:
    """Return those of this server; they go when it stops."""
    kept = Parcels()
    atexit.register(kept.close)
    return kept

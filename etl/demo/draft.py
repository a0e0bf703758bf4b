"""The growing demo: frames by table, ids counted up, and separate streams of chance by subject."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Ints = npt.NDArray[np.int64]

SOURCE = "demo"
SUBJECTS = ("homes", "people", "party", "staff", "facilities", "tickets", "hotspots", "visits")


@dataclass
class Draft:
    """Rows of every table, in the order they were made.

    Attributes
    ----------
    seed
        Of everything that is drawn by lot.
    as_of
        Data cut-off, with a zone; nothing happens later.
    """

    seed: int
    as_of: datetime
    parts: dict[str, list[pd.DataFrame]] = field(default_factory=lambda: defaultdict(list))
    last: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, table: str, n: int) -> Ints:
        """Return the next `n` ids of a table."""
        first = self.last[table] + 1
        self.last[table] += n
        return np.arange(first, first + n, dtype=np.int64)

    def add(self, table: str, frame: pd.DataFrame) -> None:
        """Append rows to a table."""
        self.parts[table].append(frame)

    def chance(self, subject: str, code: str) -> np.random.Generator:
        """Return the stream of one subject in one community: others can change beside it."""
        return np.random.default_rng([self.seed, SUBJECTS.index(subject), int(code)])

    def frames(self) -> dict[str, pd.DataFrame]:
        """Return the finished tables."""
        return {t: pd.concat(parts, ignore_index=True) for t, parts in self.parts.items() if parts}


def fingerprint(frames: Mapping[str, pd.DataFrame]) -> str:
    """Return one SHA-256 of all frames: equal data, equal fingerprint."""
    digest = hashlib.sha256()
    for table in sorted(frames):
        digest.update(table.encode())
        for name, column in frames[table].items():
            digest.update(str(name).encode())
            digest.update(_bytes(column))
    return digest.hexdigest()


def _bytes(column: pd.Series) -> bytes:
    values = column.to_numpy()
    if values.dtype != object:
        return values.astype(str).tobytes() if values.dtype.kind in "mM" else values.tobytes()
    if len(values) and isinstance(values[0], shapely.Geometry):
        return b"".join(shapely.to_wkb(values))
    return "\x00".join(map(str, values)).encode()

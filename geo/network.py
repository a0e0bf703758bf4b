"""Walking: how far it is from one place to another, along a network of ways or as the crow flies.

Whatever measures walking takes `Ways` and need not know which of the two it is; its figures say
which by `Ways.by_network`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of places with the way between them: positions of origin and target, and metres."""

    origin: Positions
    target: Positions
    metres: Floats


class Ways(Protocol):
    """What measures walking. Places are arrays of (n, 2) in the metric CRS of the ways, metres."""

    @property
    def by_network(self) -> bool:
        """True along a network, False for straight line × detour."""

    def nearest_m(self, places: Floats, targets: Floats, limit_m: float = np.inf) -> Floats:
        """Return the way from each place to its nearest target; infinite beyond the limit."""

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        """Return all pairs not farther apart than the limit, by origin, then target."""

    def between_m(self, places: Floats) -> Floats:
        """Return the ways between all places, shape (n, n); infinite where there is none."""


@dataclass(frozen=True)
class StraightLine:
    """Walking as the crow flies, longer by a factor.

    Attributes
    ----------
    detour
        Walking distance ÷ straight line.
    """

    detour: float
    by_network: bool = False

    def nearest_m(self, places: Floats, targets: Floats, limit_m: float = np.inf) -> Floats:
        """Return the way from each place to its nearest target; infinite beyond the limit."""
        if len(targets) == 0 or len(places) == 0:
            return np.full(len(places), np.inf)
        straight_m, _nearest = cKDTree(targets).query(places)
        metres = np.asarray(straight_m, dtype=np.float64) * self.detour
        return np.where(metres <= limit_m, metres, np.inf)

    def pairs_m(self, origins: Floats, targets: Floats, limit_m: float) -> Pairs:
        """Return all pairs not farther apart than the limit, by origin, then target."""
        if len(origins) == 0 or len(targets) == 0:
            none = np.empty(0, dtype=np.int64)
            return Pairs(none, none, np.empty(0))
        near = cKDTree(origins).sparse_distance_matrix(
            cKDTree(targets), limit_m / self.detour, output_type="ndarray"
        )
        near = near[np.lexsort((near["j"], near["i"]))]
        return Pairs(
            near["i"].astype(np.int64), near["j"].astype(np.int64), near["v"] * self.detour
        )

    def between_m(self, places: Floats) -> Floats:
        """Return the ways between all places, shape (n, n)."""
        across = places[:, None, :] - places[None, :, :]
        return np.asarray(np.hypot(across[..., 0], across[..., 1]) * self.detour)

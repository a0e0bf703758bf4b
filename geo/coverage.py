"""Coverage: who reaches which service.

For now by straight line times a detour factor; the figures say so.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]


def nearest_m(places: Floats, services: Floats) -> Floats:
    """Return the straight-line distance from each place to its nearest service.

    Parameters
    ----------
    places : array of (n, 2)
    services : array of (m, 2)
        Both in one metric CRS.

    Returns
    -------
    array of (n,) metres
        Infinite where there is no service at all.
    """
    if len(services) == 0 or len(places) == 0:
        return np.full(len(places), np.inf)
    distance_m, _nearest = cKDTree(services).query(places)
    return np.asarray(distance_m, dtype=np.float64)


def within_reach(
    places: Floats, services: Floats, *, reach_m: float, detour: float
) -> npt.NDArray[np.bool_]:
    """Tell which places have a service within `reach_m` of walking.

    Walking distance is taken as the straight line times `detour`. Arguments as `nearest_m`.
    """
    return nearest_m(places, services) * detour <= reach_m

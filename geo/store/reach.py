"""Who reaches which service: between the gathered frames and `geo.coverage`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj

from geo import coverage
from geo.cases import project
from geo.network import Ways
from geo.norms import SERVICES, Norm
from geo.schema import ELDERLY_SERVICE_KINDS, FACILITY_KINDS

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Norms = Mapping[str, Norm]

KINDS = tuple(kind for kind in FACILITY_KINDS if kind in SERVICES or kind in ELDERLY_SERVICE_KINDS)
"""The columns of `walks`."""

_PLACE_OF = {kind: place for place, kind in enumerate(FACILITY_KINDS)}


def walks(places: Floats, facilities: pd.DataFrame, ways: Ways, metres: pyproj.CRS) -> Floats:
    """Return the way from each place to the nearest facility of each of `KINDS`, (n, kinds).

    Parameters
    ----------
    places
        Shape (n, 2), metres.
    facilities
        kind (position in ``FACILITY_KINDS``), lon, lat.
    """
    there, kind = project(facilities, metres), facilities["kind"].to_numpy()
    targets = {name: there[kind == _PLACE_OF[name]] for name in KINDS}
    return coverage.walk_table(ways, places, targets)


def near_elderly_service(walk_m: Floats, norms: Norms) -> Flags:
    """Tell which rows of `walks` reach an elderly service."""
    columns = [KINDS.index(name) for name in ELDERLY_SERVICE_KINDS]
    return np.asarray(walk_m[:, columns].min(axis=1) <= norms["elderly_service_reach_m"].value)


def in_circle(walk_m: Floats, norms: Norms) -> Flags:
    """Tell which rows of `walks` reach every required service in its time, at an adult's speed."""
    asked = coverage.required(norms)
    minutes = np.array([asked.get(kind, 0.0) for kind in KINDS])
    return coverage.circled(walk_m, minutes, coverage.speed_m_min(norms, "adult"))[:, -1]

"""Tickets in space: H3 cells and the counts by cell, month, class and sign for small-scale maps."""

from __future__ import annotations

from collections.abc import Iterable

import h3.api.basic_int as h3
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import N_, GeometryError
from geo.schema import OPEN_TICKET_STATES, TICKET_SIGNS, TICKET_STATES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

POINT_RESOLUTION = 10
"""Resolution of ``ticket.h3_10``: hexagons of about 130 m across."""

SIGNS = tuple(TICKET_SIGNS)
STATES = tuple(TICKET_STATES)

_RESOLUTION_SHIFT = 52
_DIGIT_BITS = 3
_FINEST = 15


def h3_cells(lon: Floats, lat: Floats, resolution: int = POINT_RESOLUTION) -> Integers:
    """Return the H3 cell of each point; 0 where a coordinate is missing.

    Parameters
    ----------
    lon, lat : array of (n,) degrees, EPSG:4326
        Repeated places are looked up once: reports repeat addresses.
    resolution
        H3 resolution, 0 to 15.

    Raises
    ------
    GeometryError
        If a coordinate is not a place on earth.
    """
    cells = np.zeros(lon.shape, dtype=np.int64)
    known = np.isfinite(lon) & np.isfinite(lat)
    if (np.abs(lat[known]) > 90).any() or (np.abs(lon[known]) > 180).any():  # noqa: PLR2004 - degrees
        raise GeometryError(N_("Some coordinates are not a place on earth."))
    places, back = np.unique(lon[known] + 1j * lat[known], return_inverse=True)
    find = h3.latlng_to_cell
    found = [
        find(y, x, resolution)
        for x, y in zip(places.real.tolist(), places.imag.tolist(), strict=True)
    ]
    cells[known] = np.array(found, dtype=np.int64)[back]
    return cells


def parents(cells: Integers, resolution: int) -> Integers:
    """Return the ancestors of H3 cells at a coarser resolution; 0 stays 0.

    A cell's index holds its resolution in four bits and three bits per digit, the unused ones set;
    so an ancestor is made by bit arithmetic on the whole array.
    """
    unused = (1 << (_DIGIT_BITS * (_FINEST - resolution))) - 1
    bare = cells & ~np.int64(0xF << _RESOLUTION_SHIFT)
    made = bare | np.int64(resolution << _RESOLUTION_SHIFT) | np.int64(unused)
    return np.where(cells == 0, 0, made)


def centres(cells: Integers) -> tuple[Floats, Floats]:
    """Return the centres of H3 cells, longitude and latitude in degrees; each cell once."""
    unique, back = np.unique(cells, return_inverse=True)
    found = np.array([h3.cell_to_latlng(cell) for cell in unique.tolist()]).reshape(-1, 2)
    return found[back, 1], found[back, 0]


def signs(state: Integers, due_us: Integers, as_of_us: Integers | int) -> Integers:
    """Return what the map shows of each ticket, as a position in `SIGNS`.

    Parameters
    ----------
    state
        Positions in `STATES`.
    due_us, as_of_us
        Instants, microseconds: an open ticket due before the cut-off is overdue.
    """
    by_state = np.array(
        [SIGNS.index(name if name in TICKET_SIGNS else "void") for name in STATES], dtype=np.int64
    )
    opened = np.isin(state, [STATES.index(name) for name in OPEN_TICKET_STATES])
    return np.where(opened & (due_us < as_of_us), SIGNS.index("overdue"), by_state[state])


def bins(tickets: pd.DataFrame, resolutions: Iterable[int]) -> pd.DataFrame:
    """Count tickets by H3 cell, month, class, sign and community at several resolutions.

    Parameters
    ----------
    tickets
        Integer columns h3_10 (0: place unknown), month, class, sign, community.
    resolutions
        H3 resolutions, each at most `POINT_RESOLUTION`.

    Returns
    -------
    DataFrame
        res, h3, month, class, sign, community, n.
    """
    by = ["h3", "month", "class", "sign", "community"]
    placed = tickets[tickets["h3_10"] != 0]
    counted = placed.rename(columns={"h3_10": "h3"})[by].assign(n=1)
    levels = []
    for resolution in sorted(resolutions, reverse=True):
        # Each level is counted from the finer one, which is already much smaller.
        counted = _summed(counted.assign(h3=parents(counted["h3"].to_numpy(), resolution)), by)
        levels.append(counted.assign(res=resolution))
    return pd.concat(levels, ignore_index=True)


def _summed(frame: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Sum ``n`` over equal keys, packing the keys into one number (far faster than groupby)."""
    packed = np.zeros(len(frame), dtype=np.int64)
    words = {}
    for name in by:
        codes, words[name] = pd.factorize(frame[name].to_numpy(), sort=True)
        packed = packed * max(len(words[name]), 1) + codes
    keys, back = np.unique(packed, return_inverse=True)
    made = {"n": np.bincount(back, frame["n"].to_numpy(), keys.size).astype(np.int64)}
    for name in reversed(by):
        keys, code = np.divmod(keys, max(len(words[name]), 1))
        made[name] = words[name][code]
    return pd.DataFrame(made)[[*by, "n"]]

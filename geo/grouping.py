"""Point groups: where tickets lie together. A description, not a proof.

DBSCAN finds groups in any crowd of points, in pure chance as well: a group says that tickets are
near each other, not that there are more than there should be, and where many people live there are
many. What is more than chance is for the tests to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.errors import N_, GeometryError, RequestError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Groups:
    """Groups of points, the heaviest first.

    Attributes
    ----------
    label : array of (n,)
        Group of each point, -1 for none.
    size : array of (k,)
        Points in each group.
    places : array of (k,)
        Different places among them.
    weight : array of (k,)
        Sum of their weights.
    centre : array of (k, 2)
        Weighted mean, metres. It may lie outside a bent group.
    radius_m : array of (k,)
        From the centre to the farthest point.
    hull : array of (k,)
        Convex hulls: a point or a line where the places allow no more.
    """

    label: Ints
    size: Ints
    places: Ints
    weight: Floats
    centre: Floats
    radius_m: Floats
    hull: npt.NDArray[Any]


def unique_places(xy: Floats) -> tuple[Ints, Ints]:
    """Return each point's place (n,), and the first point of each place (u,), in order of points.

    Places are the same if both coordinates are equal.
    """
    across, _xs = pd.factorize(xy[:, 0])
    along, ys = pd.factorize(xy[:, 1])
    place, keys = pd.factorize(across.astype(np.int64) * max(len(ys), 1) + along)
    first = np.full(len(keys), len(xy), dtype=np.int64)
    np.minimum.at(first, place, np.arange(len(xy)))
    return place.astype(np.int64), first


def group(
    xy: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, eps_m: float, least: int
) -> Groups:
    """Group points by density: DBSCAN over unique places (Ester et al. 1996, KDD-96:226).

    Points at the same place are one place with the sum of their weights, which gives the labels of
    DBSCAN over all the points, but for their numbers, in a fraction of time and memory.

    Parameters
    ----------
    xy : array of (n, 2)
        Metres.
    weights : array of (n,), optional
        Not negative; 1 each without them. A point without weight may belong to a group, but helps
        to found none.
    eps_m
        How near points are neighbours, the limit included.
    least
        Weight within `eps_m` of a point, its own included, from which it founds a group.

    Raises
    ------
    RequestError
        If `eps_m` is not positive, `least` below 1 or a weight negative.
    GeometryError
        If a place is missing.
    """
    points = np.asarray(xy, dtype=float).reshape(-1, 2)
    load = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float)
    if not (eps_m > 0 and least >= 1):
        raise RequestError(N_("Groups need a distance and a number of tickets above 0."))
    missing = ~np.isfinite(points).all(axis=1)
    if missing.any():
        raise GeometryError(N_("{n} points have no place."), n=int(missing.sum()))
    if not (load >= 0).all():
        raise RequestError(N_("Weights cannot be negative."))
    place, first = unique_places(points)
    spots, heavy = points[first], _sums(place, load, len(first))
    found = _heaviest_first(_dbscan(spots, heavy, eps_m, least), heavy)
    return _described(found, place, spots, heavy)


def _sums(of: Ints, what: Floats, count: int) -> Floats:
    """Add up by number; an empty sum is 0.0, where bincount has whole numbers."""
    return np.bincount(of, what, count).astype(np.float64)


def _dbscan(spots: Floats, heavy: Floats, eps_m: float, least: int) -> Ints:
    """Return the group of each place, -1 for none."""
    label = np.full(len(spots), -1, dtype=np.int64)
    # A place without weight has no points: it must not join what lies on either side of it.
    kept = np.flatnonzero(heavy > 0)
    if kept.size == 0:
        return label
    # Half a second to import, which pages without groups need not pay.
    from sklearn.cluster import DBSCAN  # noqa: PLC0415

    model = DBSCAN(eps=eps_m, min_samples=least, algorithm="kd_tree")
    label[kept] = model.fit(spots[kept], sample_weight=heavy[kept]).labels_
    return label


def _heaviest_first(label: Ints, heavy: Floats) -> Ints:
    """Give the groups new numbers, by falling weight; equal ones keep their order."""
    weight = np.bincount(label[label >= 0], heavy[label >= 0])
    rank = np.empty(len(weight) + 1, dtype=np.int64)
    rank[np.argsort(-weight, kind="stable")] = np.arange(len(weight))
    rank[-1] = -1
    return rank[label]


def _described(label: Ints, place: Ints, spots: Floats, heavy: Floats) -> Groups:
    """Measure the groups of places."""
    inside = label >= 0
    at, where, mass = label[inside], spots[inside], heavy[inside]
    count = int(at.max(initial=-1)) + 1
    of_point = label[place]
    weight = _sums(at, mass, count)
    moment = np.column_stack([_sums(at, mass * axis, count) for axis in where.T])
    centre = moment / weight[:, np.newaxis]
    radius_m = np.zeros(count)
    np.maximum.at(radius_m, at, np.hypot(*(where - centre[at]).T))
    order = np.argsort(at, kind="stable")
    crowd = shapely.multipoints(shapely.points(where[order]), indices=at[order])
    return Groups(
        label=of_point,
        size=np.bincount(of_point[of_point >= 0], minlength=count),
        places=np.bincount(at, minlength=count),
        weight=weight,
        centre=centre,
        radius_m=radius_m,
        hull=shapely.convex_hull(crowd),
    )

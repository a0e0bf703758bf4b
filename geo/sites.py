"""Sites: where one more facility would reach the most people who have none, and what stands where.

Choosing k sites that together reach the most is the maximal covering location problem (Church and
ReVelle 1974). One site is found by counting. Several are found exactly by integer programming
(HiGHS) as long as its time lasts; otherwise they are chosen one after the other, each the best for
those before it. That *greedy* choice reaches at least 1 − 1/e = 63 % of the best there is
(Nemhauser, Wolsey and Fisher 1978), and the answer says how far it can be from it here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]
Method = Literal["counted", "greedy", "programmed"]

GREEDY_SHARE = 1 - 1 / np.e
"""What a greedy choice reaches at least, of the most there is to reach."""

_WHOLE = 1e-6
"""People are whole: what is this near to a whole number is that number."""


MOST_PAIRS = 200_000
"""With more pairs within reach HiGHS spends minutes on preparing, whatever time it was given."""


@dataclass(frozen=True)
class Sites:
    """The best sites found.

    Attributes
    ----------
    chosen
        Positions of the candidates, those that add most first.
    gains
        People each adds to those before it.
    bound
        No choice of as many sites can reach more.
    method
        How they were found: one site by counting, several by integer programming, or greedily,
        one after the other, where that was as good or time ran out.
    """

    chosen: tuple[int, ...]
    gains: tuple[float, ...]
    bound: float
    method: Method

    @property
    def covered(self) -> float:
        """People reached by all of them."""
        return sum(self.gains)

    @property
    def proven(self) -> bool:
        """Whether no choice of as many can be better."""
        return self.covered >= self.bound - _WHOLE


def best_sites(
    pairs: tuple[Positions, Positions],
    people: Floats,
    candidates: int,
    *,
    k: int = 1,
    seconds: float = 5.0,
) -> Sites:
    """Choose sites that together reach the most people.

    Parameters
    ----------
    pairs
        What is within reach of each other: positions of candidate sites and of homes.
    people
        Who is not served yet in each home, shape (homes,), whole numbers.
    candidates
        How many there are; the first of equally good ones is taken.
    k
        How many sites are wanted. Fewer are returned where further ones would add nobody.
    seconds
        Time for integer programming; 0 for none. Nor is there any with more than `MOST_PAIRS`.
    """
    candidate, home = pairs
    within = csr_array((np.ones(len(home)), (candidate, home)), shape=(candidates, len(people)))
    within.data[:] = 1.0  # a pair told twice is one
    greedy = _greedy(within, people, k, np.arange(candidates))
    if greedy.proven or seconds <= 0 or within.nnz > MOST_PAIRS:
        return greedy
    found, bound = _programmed(within, people, k, seconds)
    bound = min(bound, greedy.bound)
    programmed = _greedy(within, people, k, found)
    if programmed.covered > greedy.covered:
        return replace(programmed, bound=max(bound, programmed.covered), method="programmed")
    return replace(greedy, bound=max(bound, greedy.covered))


def _greedy(within: csr_array, people: Floats, k: int, among: Positions) -> Sites:
    """Take the best site, then the best for the rest of the people, and so on.

    At any time no k further sites add more than the k best ones would, were they far apart: that
    bounds every choice of k.
    """
    waiting = people.astype(np.float64)
    chosen: list[int] = []
    gains: list[float] = []
    bound = float(waiting[np.unique(within[among].indices)].sum())
    for _site in range(k + 1):
        gain = np.asarray(within[among] @ waiting)
        bound = min(bound, sum(gains) + float(np.sort(gain)[::-1][:k].sum()))
        best = int(gain.argmax()) if len(gain) else 0
        if len(chosen) == k or not gain.any():
            break
        chosen.append(int(among[best]))
        gains.append(float(gain[best]))
        waiting[within[[chosen[-1]]].indices] = 0.0
    return Sites(tuple(chosen), tuple(gains), bound, "counted" if k == 1 else "greedy")


def _programmed(
    within: csr_array, people: Floats, k: int, seconds: float
) -> tuple[Positions, float]:
    """Solve the covering problem as an integer programme.

    Unknown are which candidates are taken (0 or 1) and how much of each home is covered: at most
    by as many as are taken in its reach, so that it is 0 or 1 by itself.

    Returns
    -------
    tuple
        The candidates taken (none where time ran out before any choice was found), and what no
        choice can exceed.
    """
    sites, homes = within.shape
    covered = hstack([-within.T, eye_array(homes)])
    number = np.concatenate([np.ones(sites), np.zeros(homes)])
    found = milp(
        np.concatenate([np.zeros(sites), -people]),
        integrality=number,
        bounds=Bounds(0, 1),
        constraints=[LinearConstraint(covered, ub=0), LinearConstraint(number, ub=k)],
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    taken = np.empty(0, int) if found.x is None else np.flatnonzero(np.round(found.x[:sites]))
    dual = getattr(found, "mip_dual_bound", None)
    return taken, np.inf if dual is None else float(np.floor(-dual + _WHOLE))


def area_of(points: npt.NDArray[Any], areas: npt.NDArray[Any]) -> Positions:
    """Say in which area each point is; -1 for none, the first one on a common border.

    Parameters
    ----------
    points, areas
        Shapely geometries in one CRS.
    """
    found = np.full(len(points), -1)
    point, area = shapely.STRtree(areas).query(points, predicate="intersects")
    order = np.lexsort((area, point))[::-1]
    found[point[order]] = area[order]
    return found


class Stock(NamedTuple):
    """What stands in each area: how many, and how many places they have together.

    Attributes
    ----------
    number, places
        Shape (areas, kinds).
    unknown
        How many of them do not say how many places they have, shape (areas, kinds).
    """

    number: Positions
    places: Floats
    unknown: Positions


def stock(area: Positions, kind: Positions, capacity: Floats, shape: tuple[int, int]) -> Stock:
    """Count what stands in each area.

    Parameters
    ----------
    area, kind
        Of each thing, shape (n,); -1 is none of these and not counted.
    capacity
        Places of each thing, NaN where not known.
    shape
        Number of areas and of kinds.
    """
    counted = (area >= 0) & (kind >= 0)
    cell = area[counted] * shape[1] + kind[counted]
    known = np.isfinite(capacity[counted])

    def count(weights: Floats | npt.NDArray[np.bool_]) -> Floats:
        found = np.bincount(cell, weights.astype(np.float64), minlength=shape[0] * shape[1])
        return np.asarray(found, dtype=np.float64).reshape(shape)

    return Stock(
        count(np.ones(len(cell))).astype(np.int64),
        count(np.where(known, capacity[counted], 0.0)),
        count(~known).astype(np.int64),
    )

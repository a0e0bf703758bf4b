"""Access: places of a service per person, where those in reach share them.

A canteen of 60 places next door to 3,000 people is not the same as one next door to 300. The
two-step floating catchment area says so (2SFCA: Luo and Wang 2003, 10.1068/b29120; in distance
zones, E2SFCA: Luo and Qi 2009, 10.1016/j.healthplace.2009.06.002):

1. each facility's places are divided by the people in its reach,
   R_j = S_j ÷ Σ_k w(d_kj) P_k;
2. each place of living adds up what its facilities offer, A_i = Σ_j w(d_ij) R_j.

People times access, summed, is then exactly the supply: Σ_i P_i A_i = Σ_j S_j over the facilities
with somebody in reach. Who has nothing in reach has access 0, which is a figure and not a gap.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from geo.network import Pairs

Floats = npt.NDArray[np.float64]
Decay = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Steps:
    """Weights by zones: what is not farther than a limit has the weight of the first such one.

    The defaults are the zones of 5, 10 and 15 minutes' walk and the weights in common use.
    One zone of weight 1 is the plain 2SFCA.
    """

    limits_m: tuple[float, ...] = (300.0, 500.0, 1000.0)
    weights: tuple[float, ...] = (1.0, 0.68, 0.22)

    @property
    def reach_m(self) -> float:
        """Beyond it every weight is 0."""
        return self.limits_m[-1]

    def __call__(self, metres: Floats) -> Floats:
        """Return the weight of each way, 0 beyond the last limit."""
        zone = np.searchsorted(self.limits_m, metres, side="left")
        return np.array([*self.weights, 0.0])[zone]


@dataclass(frozen=True)
class Gaussian:
    """Weights that fall smoothly from 1 next door to 0 at the reach."""

    reach_m: float = 1000.0

    def __call__(self, metres: Floats) -> Floats:
        """Return the weight of each way, 0 beyond the reach."""
        edge = np.exp(-0.5)
        fallen = (np.exp(-0.5 * (metres / self.reach_m) ** 2) - edge) / (1 - edge)
        return np.asarray(np.maximum(fallen, 0.0))


class Access(NamedTuple):
    """What people have, and how crowded each facility is.

    Attributes
    ----------
    places
        Places per person where people live, shape (homes,); 0 where nothing is in reach.
    offered
        Places per person in reach of each facility, shape (facilities,); 0 where nobody is.
    demand
        People in reach of each facility, weighted, shape (facilities,).
    """

    places: Floats
    offered: Floats
    demand: Floats


def access(pairs: Pairs, people: Floats, capacity: Floats, decay: Decay) -> Access:
    """Share the facilities' places among the people in their reach.

    Parameters
    ----------
    pairs
        Ways from homes (origin) to facilities (target), at least all within the decay's reach.
    people
        Who asks for the service in each home, shape (homes,).
    capacity
        Places of each facility, shape (facilities,).
    decay
        Metres to weights, as `Steps` or `Gaussian`.
    """
    weight = csr_array(
        (decay(pairs.metres), (pairs.origin, pairs.target)), shape=(len(people), len(capacity))
    )
    demand = np.asarray(weight.T @ people, dtype=np.float64)
    offered = np.divide(capacity, demand, out=np.zeros(len(capacity)), where=demand > 0)
    return Access(np.asarray(weight @ offered), offered, demand)

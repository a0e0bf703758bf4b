"""Simulated annealing: units on a border change sides, as long as grids stay in one piece.

Everything is kept up to date by differences, in plain lists: a trial costs some microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from geo.partition.units import Units
from geo.partition.wish import Floats, Ints, Wish

CHUNK = 4000
"""Trials between two questions whether to go on."""

_ROUND = 2 * math.sqrt(math.pi)
_STEP = 0.05
_WIDE = 0.25
_NARROW = 0.01
_NO_AREA = 1e-9


@dataclass(frozen=True)
class Weights:
    """What a plan's faults cost, per grid.

    Attributes
    ----------
    balance
        Squared share by which a grid is off the mean, when the band reaches 25 % to both sides
        as 300 to 500 does; in a narrower one a share weighs more: the way to its edge counts.
    shape
        Outline over that of a circle of the same area.
    split
        Each grid more than it takes, for each compound.
    moved
        As many households as a grid has that change their grid.
    band
        Distance from the band, in grids' middles.
    """

    balance: float = 5.0
    shape: float = 1.0
    split: float = 0.1
    moved: float = 0.0
    band: float = 30.0


@dataclass(frozen=True)
class Cooling:
    """How long, and how warm.

    Attributes
    ----------
    trials
    warm, cold
        Temperature at the begin and the end.
    """

    trials: int
    warm: float
    cold: float


class Plan:
    """A partition of units that knows what each grid is worth."""

    def __init__(self, units: Units, grid: Ints, count: int, wish: Wish, weights: Weights) -> None:
        self.units, self.count, self.wish, self.weights = units, count, wish, weights
        self.grid: list[int] = grid.tolist()
        self.size: list[int] = np.bincount(grid, minlength=count).tolist()
        balanced = units.load if wish.by_load else units.households
        self.balanced: list[float] = balanced.tolist()
        self.sums = [
            np.bincount(grid, values, minlength=count).tolist()
            for values in (units.households, balanced, units.area_m2, self._outlines(grid))
        ]
        mean = sum(self.sums[1]) / max(count, 1)
        self.mean = mean if mean > 0 else 1.0
        self.lies_in, self.least = self._compounds(grid)

    def _outlines(self, grid: Ints) -> Floats:
        """Return for each unit its share of the grid's outline."""
        saved = [
            sum(metres for other, metres in near if grid[other] == grid[unit]) / 2
            for unit, near in enumerate(self.units.near)
        ]
        return np.asarray(self.units.outline_m - np.array(saved))

    def _compounds(self, grid: Ints) -> tuple[list[dict[int, int]], list[int]]:
        """Return in which grids each compound lies with how many units, and the fewest grids."""
        compound = self.units.compound
        total = np.bincount(
            compound[compound >= 0], self.units.households[compound >= 0], minlength=1
        )
        lies_in: list[dict[int, int]] = [{} for _compound in total]
        for name, where in zip(compound.tolist(), grid.tolist(), strict=True):
            if name >= 0:
                lies_in[name][where] = lies_in[name].get(where, 0) + 1
        least = np.maximum(1, np.ceil(total / self.wish.ceiling)).astype(np.int64)
        return lies_in, least.tolist()

    def cost(self) -> float:
        """Return what all faults cost together, without moved households."""
        weights = self.weights
        worth = grid_cost(self)
        grids = sum(worth(*values) for values in zip(*self.sums, strict=True))
        return float(grids + weights.split * self.splits())

    def splits(self) -> int:
        """Return how many grids more than it takes compounds lie in, all together."""
        pairs = zip(self.lies_in, self.least, strict=True)
        return sum(max(0, len(inside) - least) for inside, least in pairs)


def grid_cost(plan: Plan) -> Callable[[float, float, float, float], float]:
    """Return the function that prices a grid by households, balanced, area and outline."""
    wish, weights, mean = plan.wish, plan.weights, plan.mean
    floor, ceiling, middle = wish.floor, wish.ceiling, wish.middle
    half = min(max((ceiling - floor) / (2 * middle), _NARROW), _WIDE)
    balance = weights.balance * (_WIDE / half) ** 2
    shape, band = weights.shape / _ROUND, weights.band
    root = math.sqrt

    def cost(households: float, balanced: float, area_m2: float, outline_m: float) -> float:
        off = balanced / mean - 1.0
        worth = balance * off * off + shape * outline_m / root(area_m2 + _NO_AREA)
        if households < floor:
            return worth + band * (_STEP + (floor - households) / middle)
        if households > ceiling:
            return worth + band * (_STEP + (households - ceiling) / middle)
        return worth

    return cost


def anneal(  # noqa: C901, PLR0912, PLR0915 - the hot loop: a call costs what it does
    plan: Plan,
    cooling: Cooling,
    rng: np.random.Generator,
    tick: Callable[[int], None],
    stays: list[dict[int, float]] | None = None,
) -> None:
    """Let units change sides, worse for better while it is warm.

    Parameters
    ----------
    plan
        Changed in place.
    cooling, rng
    tick
        Told how many trials were made; raises to stop.
    stays
        For each unit the households that keep their grid in this or that grid.
    """
    units, weights = plan.units, plan.weights
    if len(units.tail) == 0 or plan.count < 2:  # noqa: PLR2004 - nothing to flip
        tick(cooling.trials)
        return
    grid, size, near = plan.grid, plan.size, units.near
    households, balanced, areas, outlines = plan.sums
    unit_households, unit_balanced = units.households.tolist(), plan.balanced
    unit_area, unit_outline = units.area_m2.tolist(), units.outline_m.tolist()
    compound, lies_in, least = units.compound.tolist(), plan.lies_in, plan.least
    split, moved = weights.split, weights.moved / plan.wish.middle
    worth = grid_cost(plan)
    costs = [worth(*values) for values in zip(*plan.sums, strict=True)]
    done = 0
    while done < cooling.trials:
        for unit, other, limit in _draw(units, cooling, done, rng):
            here, there = grid[unit], grid[other]
            if here == there or size[here] == 1:
                continue
            saved_here = saved_there = 0.0
            for neighbour, metres in near[unit]:
                where = grid[neighbour]
                if where == here:
                    saved_here += metres
                elif where == there:
                    saved_there += metres
            # What leaves here, what comes there.
            people, weight, area = unit_households[unit], unit_balanced[unit], unit_area[unit]
            outline = unit_outline[unit]
            cost_here = worth(
                households[here] - people,
                balanced[here] - weight,
                areas[here] - area,
                outlines[here] - outline + saved_here,
            )
            cost_there = worth(
                households[there] + people,
                balanced[there] + weight,
                areas[there] + area,
                outlines[there] + outline - saved_there,
            )
            change = cost_here + cost_there - costs[here] - costs[there]
            name = compound[unit]
            if name >= 0 and split:
                inside = lies_in[name]
                before = len(inside)
                after = before + (there not in inside) - (inside[here] == 1)
                if after != before:
                    fewest = least[name]
                    change += split * (max(after, fewest) - max(before, fewest))
            if moved and stays is not None:
                kept = stays[unit]
                change += moved * (kept.get(here, 0.0) - kept.get(there, 0.0))
            if change > limit or not _holds(near, grid, unit, here):
                continue
            grid[unit] = there
            size[here] -= 1
            size[there] += 1
            costs[here], costs[there] = cost_here, cost_there
            households[here] -= people
            households[there] += people
            balanced[here] -= weight
            balanced[there] += weight
            areas[here] -= area
            areas[there] += area
            outlines[here] += saved_here - outline
            outlines[there] += outline - saved_there
            if name >= 0:
                inside = lies_in[name]
                inside[there] = inside.get(there, 0) + 1
                if inside[here] == 1:
                    del inside[here]
                else:
                    inside[here] -= 1
        done += CHUNK
        tick(CHUNK)


def _draw(
    units: Units, cooling: Cooling, done: int, rng: np.random.Generator
) -> zip[tuple[int, int, float]]:
    """Draw pairs of neighbours, and how much worse a flip may make it."""
    picked = rng.integers(len(units.tail), size=CHUNK)
    share = np.minimum((done + np.arange(CHUNK)) / cooling.trials, 1.0)
    warmth = cooling.warm * (cooling.cold / cooling.warm) ** share
    limit = warmth * rng.exponential(size=CHUNK)
    return zip(
        units.tail[picked].tolist(), units.head[picked].tolist(), limit.tolist(), strict=True
    )


def _holds(
    near: list[tuple[tuple[int, float], ...]], grid: list[int], unit: int, here: int
) -> bool:
    """Tell whether a grid stays in one piece without a unit: its neighbours reach each other."""
    wanted = [other for other, _metres in near[unit] if grid[other] == here]
    if len(wanted) < 2:  # noqa: PLR2004 - one neighbour or none needs no way round
        return bool(wanted)
    missing = set(wanted[1:])
    seen = {unit, wanted[0]}
    queue = [wanted[0]]
    # The list grows while it is read: breadth first, so near ways round are found first.
    for place in queue:
        for other, _metres in near[place]:
            if other not in seen and grid[other] == here:
                missing.discard(other)
                if not missing:
                    return True
                seen.add(other)
                queue.append(other)
    return False

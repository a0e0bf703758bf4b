"""Looking for plans: start, anneal at several scales, vary what counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from geo.partition.case import Case
from geo.partition.feasible import possible
from geo.partition.flips import CHUNK, Cooling, Plan, Weights, anneal
from geo.partition.measures import in_band, match, sums
from geo.partition.start import power_diagram, repair_part
from geo.partition.units import Units, gather
from geo.partition.wish import Cancelled, Floats, Ints, Progress

STARTS = 3
"""First cuts that are annealed; the best goes on."""

MANY = 2000
"""From so many units on one start must do: the linear programme takes its time."""

RESCUES = 8
"""Hotter attempts when grids stay out of band that need not be, until one succeeds."""

PATIENCE = 600_000
"""Most trials of one annealing: about half a second."""

START_TICKS = 40_000
"""How many trials a first cut takes the time of, for the progress only."""

_FINE = 300
_WARM, _HOT = 0.15, 5.0
_MOVED = 10.0
_SPLIT = 0.1

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Variant:
    """A plan to look for: what it is best at, and what counts for it."""

    kind: str
    case: Case
    weights: Weights


class Meter:
    """Tells how far it got, and stops when the answer is no."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, max(total, 1), 0

    def tick(self, trials: int) -> None:
        """Count trials.

        Raises
        ------
        Cancelled
            When nobody waits any more.
        """
        self.done += trials
        if self.progress is not None and self.progress(min(self.done / self.total, 1.0)) is False:
            raise Cancelled


def search(
    case: Case, close: Case | None, progress: Progress | None
) -> list[tuple[Case, str, Ints]]:
    """Look for plans that are each best at something.

    Parameters
    ----------
    case
    close
        The same atoms, as many grids as today: for a plan close to today's.
    progress

    Returns
    -------
    list of (case, kind, grid of each atom of the case)
        The recommended one first.
    """
    wanted = _variants(case, close)
    starts = STARTS if len(case.coarse) < MANY else 1
    meter = Meter(progress, _budget(wanted, starts))
    begin = _begin(case, wanted[0].weights, starts, meter.tick)
    plans: list[tuple[Case, str, Ints]] = []
    for number, variant in enumerate(wanted):
        rng = np.random.default_rng([case.wish.seed, 1, number])
        run = Run(case, variant.weights, rng, meter.tick)
        if variant.kind == "whole" and not run.plan(case.fine, plans[0][2]).splits():
            continue  # nothing is split that could be whole
        grid = _vary(variant, begin, rng, meter.tick)
        plans.append((variant.case, variant.kind, grid))
    meter.tick(meter.total)
    return plans


def _variants(case: Case, close: Case | None) -> list[Variant]:
    """Return what to look for, the recommended plan first."""
    wish = case.wish
    plain = Weights(
        split=_SPLIT if wish.keep_together else 0.0,
        moved=_MOVED * wish.stay_close**2 if case.today is not None else 0.0,
    )
    balanced = replace(plain, balance=5 * plain.balance, split=plain.split / 2)
    compact = replace(plain, balance=plain.balance / 5, split=plain.split / 4)
    found = [
        Variant("recommended", case, plain),
        Variant("balanced", case, balanced),
        Variant("compact", case, compact),
    ]
    if wish.keep_together and (case.atoms.compound >= 0).any():
        found.append(Variant("whole", case, replace(plain, split=5 * plain.split)))
    if close is not None:
        weight = _MOVED * close.wish.stay_close**2
        found.append(Variant("close", close, replace(plain, moved=weight)))
    return found


def _trials(units: Units, per_unit: int = 1500, most: int = PATIENCE) -> int:
    """Return for how long to anneal: longer for more units, up to what a person waits for."""
    return max(CHUNK, min(per_unit * len(units), most) // CHUNK * CHUNK)


def _budget(wanted: list[Variant], starts: int) -> int:
    """Return about how many trials there will be."""
    hot, fine = _trials(wanted[0].case.coarse), _trials(wanted[0].case.fine, _FINE)
    paths = sum(1 + (variant.weights.moved > 0 and variant.kind != "close") for variant in wanted)
    return starts * (START_TICKS + hot) + paths * (hot // 2 + 2 * fine)


def _begin(case: Case, weights: Weights, starts: int, tick: Tick) -> list[Ints]:
    """Return grids of each atom to begin with.

    First the best of some annealed power diagrams, compounds whole. When that leaves grids out of
    band that need not be, the best of some hotter attempts follows, already annealed to the end.
    """

    def run(number: int, count: Tick) -> Run:
        return Run(case, weights, np.random.default_rng([case.wish.seed, 0, number]), count)

    def stand(_trials: int) -> None:
        tick(0)  # nobody knows how long this takes: the share done waits

    first = run(0, stand)
    begin = min((run(n, tick).started(_WARM) for n in range(starts)), key=first.faults)
    best = first.refined(begin) if first.astray(begin) else begin
    if not first.astray(best):
        return [begin]
    for number in range(starts, starts + RESCUES):
        rescue = run(number, stand)
        best = min(best, rescue.refined(rescue.started(_HOT)), key=first.faults)
        if not first.astray(best):
            break
    return [begin, best]


def _cut(case: Case, rng: np.random.Generator) -> Ints:
    """Cut each part into its grids."""
    units = case.coarse
    grid = np.zeros(len(units), dtype=np.int64)
    first = 0
    for part, count in case.parts:
        members = np.unique(units.member[part])
        grid[members] = first + power_diagram(units, members, count, rng)
        first += count
    return grid[units.member]


def from_today(case: Case, today: Ints, rng: np.random.Generator) -> Ints:
    """Begin with today's grids: cut those with too many households, give up the lightest."""
    grid = np.zeros(len(case.atoms), dtype=np.int64)
    first = 0
    for part, count in case.parts:
        grid[part] = first + _from_today(case, part, today[part], count, rng)
        first += count
    return grid


def _from_today(case: Case, part: Ints, today: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Return grids of a part, 0 to count - 1."""
    weight = case.atoms.households[part]
    known = today >= 0
    if not known.any():
        return power_diagram(case.fine, part, count, rng)
    names, place = np.unique(today[known], return_inverse=True)
    kept = np.argsort(-sums(place, weight[known], len(names)), kind="stable")[:count]
    number = np.full(len(names), -1, dtype=np.int64)
    number[kept] = np.arange(len(kept))
    grid = np.full(len(part), -1, dtype=np.int64)
    grid[known] = number[place]
    grid = repair_part(case.fine, part, grid, len(kept))
    cut, first = np.zeros(len(part), dtype=np.int64), 0
    for one, pieces in enumerate(_shares(sums(grid, weight, len(kept)), np.bincount(grid), count)):
        inside = grid == one
        cut[inside] = first + power_diagram(case.fine, part[inside], pieces, rng)
        first += pieces
    return repair_part(case.fine, part, cut, count)


def _shares(total: Floats, size: Ints, count: int) -> list[int]:
    """Return into how many each grid is cut so that there are `count`, the heaviest first."""
    shares = np.ones(len(total), dtype=np.int64)
    while shares.sum() < count:
        per_grid = np.where(shares < size, total / shares, -1.0)
        shares[per_grid.argmax()] += 1
    return [int(share) for share in shares]


def _vary(variant: Variant, begin: list[Ints], rng: np.random.Generator, tick: Tick) -> Ints:
    """Return the best plan for a variant's weights."""
    case = variant.case
    run = Run(case, variant.weights, rng, tick)
    found = []
    if variant.kind != "close":
        grid = begin[0]
        if variant.kind != "recommended":
            coarse = Cooling(_trials(case.coarse) // 2, 0.06, 0.003)
            grid = run.annealed(case.coarse, grid, coarse)
        found += [run.refined(first) for first in (grid, *begin[1:])]
    if variant.weights.moved > 0 and case.today is not None:
        found.append(run.refined(from_today(case, case.today, rng)))
    return min(found, key=run.faults)


@dataclass(frozen=True)
class Run:
    """Annealing with certain weights."""

    case: Case
    weights: Weights
    rng: np.random.Generator
    tick: Tick

    def started(self, warm: float) -> Ints:
        """Anneal a power diagram of compounds."""
        case = self.case
        grid = _cut(case, self.rng)
        self.tick(START_TICKS)
        return self.annealed(case.coarse, grid, Cooling(_trials(case.coarse), warm, 0.003))

    def astray(self, grid: Ints) -> int:
        """Return how many grids are out of band that need not be."""
        case, wish = self.case, self.case.wish
        people = sums(grid, case.atoms.households, case.count)
        return int((~in_band(people, wish)).sum()) - unavoidable(case)

    def refined(self, grid: Ints) -> Ints:
        """Anneal buildings, what of each compound lies in one grid, and buildings again."""
        case, fine = self.case, self.case.fine
        trials = _trials(fine, _FINE)
        grid = self.annealed(fine, grid, Cooling(trials, 0.02, 0.001))
        bits = gather(case.atoms, _bits(case, grid), case.wish)
        grid = self.annealed(bits, grid, Cooling(trials // 2, 0.03, 0.002))
        return self.annealed(fine, grid, Cooling(trials // 2, 0.005, 0.0005))

    def annealed(self, units: Units, grid: Ints, cooling: Cooling) -> Ints:
        """Anneal units, which must each lie in one grid; return the grid of each atom."""
        plan = self.plan(units, grid)
        stays = _stays(self.case, units, grid) if self.weights.moved > 0 else None
        anneal(plan, cooling, self.rng, self.tick, stays)
        return np.array(plan.grid, dtype=np.int64)[units.member]

    def plan(self, units: Units, grid: Ints) -> Plan:
        """Return the partition of units that a partition of atoms is."""
        of_unit = np.zeros(len(units), dtype=np.int64)
        of_unit[units.member] = grid
        return Plan(units, of_unit, self.case.count, self.case.wish, self.weights)

    def faults(self, grid: Ints) -> tuple[int, float]:
        """Return what tells the better of two plans: the band first, then what it costs."""
        return self.astray(grid), self.cost(grid)

    def cost(self, grid: Ints) -> float:
        """Return what a plan's faults cost, by its buildings."""
        case = self.case
        cost = self.plan(case.fine, grid).cost()
        if self.weights.moved == 0 or case.today is None:
            return cost
        partner = np.append(match(case.atoms.households, grid, case.today), -1)
        moved = (case.today >= 0) & (partner[case.today] != grid)
        share = float(case.atoms.households[moved].sum()) / case.wish.middle
        return cost + self.weights.moved * share


def unavoidable(case: Case) -> int:
    """Return how many grids must be out of band: too large a building, or a part out of reach."""
    total = 0
    for part, count in case.parts:
        people = case.atoms.households[part]
        least, most = possible(float(people.sum()), case.wish)
        over = int((people > case.wish.ceiling).sum())
        total += over if over or least <= count <= most else count
    return total


def _bits(case: Case, grid: Ints) -> Ints:
    """Label what of each compound lies in one grid; buildings of no compound stay alone."""
    compound = case.atoms.compound
    alone = np.arange(len(compound))
    return np.where(compound >= 0, len(alone) + compound * case.count + grid, alone)


def _stays(case: Case, units: Units, grid: Ints) -> list[dict[int, float]] | None:
    """Return for each unit how many households keep their grid in this or that grid."""
    if case.today is None:
        return None
    partner = np.append(match(case.atoms.households, grid, case.today), -1)
    home = partner[case.today]
    stays: list[dict[int, float]] = [{} for _unit in range(len(units))]
    known = home >= 0
    for unit, where, people in zip(
        units.member[known].tolist(),
        home[known].tolist(),
        case.atoms.households[known].tolist(),
        strict=True,
    ):
        stays[unit][where] = stays[unit].get(where, 0.0) + people
    return stays

"""Checks of a plan, each in one of four states, the most important first.

*Incomplete* is work still to do (buildings in no grid, a grid without a worker), *violated* breaks
a norm, *warning* is worth a look and hinders nothing, *ok* is met. A plan is published when nothing
is incomplete or violated, or each such finding has a signed reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo import plans
from geo.atoms import MAIN_ROAD
from geo.errors import N_
from geo.norms import Norm
from geo.plans import Ground

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

INCOMPLETE, VIOLATED, WARNING, OK = "incomplete", "violated", "warning", "ok"

STATES: Mapping[str, str] = {
    INCOMPLETE: N_("Incomplete"),
    VIOLATED: N_("Violated"),
    WARNING: N_("Warning"),
    OK: N_("Met"),
}

CHECKS: Mapping[str, str] = {
    "unassigned": N_("Every building is in a grid"),
    "households": N_("Households within the norm"),
    "parts": N_("In one piece"),
    "worker": N_("Every grid has a worker"),
    "worker_load": N_("Households per worker within the norm"),
    "sub_district": N_("Within one sub-district"),
    "barrier": N_("Not across a main road or water"),
    "compactness": N_("Compact"),
    "overlap": N_("Drawn polygons do not overlap"),
    "gap": N_("Drawn polygons leave no gap"),
    "outside": N_("Drawn polygons stay inside the community"),
    "invalid": N_("Drawn polygons are valid"),
    "sliver": N_("Drawn polygons have no slivers"),
    "edge": N_("Borders of drawn polygons match"),
}
"""The checks, in the order in which they are shown, with what each asks for."""

BLOCKING = (INCOMPLETE, VIOLATED)


@dataclass(frozen=True)
class Finding:
    """One check of one subject.

    Attributes
    ----------
    key
        Of `CHECKS`.
    state
        Of `STATES`.
    subject
        ``plan``, ``grid:<position>`` or ``staff:<id>``; `told` puts ids in place of positions.
    grid
        Position of the grid it is about, None for the whole plan or a person.
    figure, low, high
        What was found, and the norm's bounds where there is one.
    message_id, params
        The reason in words.
    atoms
        Positions of the buildings concerned, to zoom to.
    reason
        Of a signed exception; empty without one.
    """

    key: str
    state: str
    subject: str
    grid: int | None
    figure: float
    low: float | None
    high: float | None
    message_id: str
    params: Mapping[str, object]
    atoms: tuple[int, ...] = ()
    reason: str = ""

    @property
    def blocks(self) -> bool:
        """Whether the plan cannot be published for it."""
        return self.state in BLOCKING and not self.reason


@dataclass(frozen=True)
class Signed:
    """A reason somebody signed, and the figure it was given for; None: for any."""

    reason: str
    figure: float | None = None


@dataclass(frozen=True)
class Duty:
    """A grid leader or worker on grids of the plan.

    Attributes
    ----------
    staff
        Id.
    grids
        Positions of the grids held.
    """

    staff: int
    grids: tuple[int, ...]


def check(
    ground: Ground,
    grid: Ints,
    size: int,
    norms: Mapping[str, Norm],
    duties: Sequence[Duty] | None = None,
    figures: pd.DataFrame | None = None,
) -> list[Finding]:
    """Check a plan.

    Parameters
    ----------
    ground, grid, size, norms
        As `geo.plans.figures`.
    duties
        Who works where; None where the office keeps no staff, so that nothing can be said.
    figures
        Of the plan, where they are known already.

    Returns
    -------
    list of Finding
        Sorted: what blocks first, by the order of `CHECKS`, worst first; then warnings. Grids for
        which all is well have no row.
    """
    table = plans.figures(ground, grid, size, norms) if figures is None else figures
    used = np.flatnonzero(table["buildings"].to_numpy() > 0)
    found = [
        *_unassigned(ground, grid),
        *_households(table, used, norms["grid_households"]),
        *_parts(ground, grid, size, norms["grid_parts"]),
        *_sub_districts(ground, grid, used),
        *_barriers(ground, grid, size),
        *_compactness(ground, grid, table, used, norms),
    ]
    if duties is not None:
        found += [*_workers(used, duties), *_loads(table, duties, norms["worker_households"])]
    return ordered(_placed(found, grid))


def ordered(found: Iterable[Finding]) -> list[Finding]:
    """Sort findings: unassigned buildings on top, then by state, check and how bad it is."""
    states, keys = list(STATES), list(CHECKS)

    def rank(one: Finding) -> tuple[bool, int, int, float, int]:
        settled = bool(one.reason)
        first = one.key != "unassigned"
        state = states.index(OK) if settled else min(states.index(one.state), 2)
        serious = 1 if state == 0 else state
        return (first, serious, keys.index(one.key), -_excess(one), one.grid or 0)

    return sorted(found, key=rank)


def _excess(one: Finding) -> float:
    if one.high is not None and one.figure > one.high:
        return one.figure - one.high
    return one.low - one.figure if one.low is not None else 0.0


def excused(found: Iterable[Finding], signed: Mapping[tuple[str, str], Signed]) -> list[Finding]:
    """Lay signed reasons, by check and subject, over findings that are no worse than was signed."""
    return ordered(_excused(one, signed.get((one.key, one.subject))) for one in found)


def _excused(one: Finding, signed: Signed | None) -> Finding:
    if signed is None:
        return replace(one, reason="")
    accepted = one if signed.figure is None else replace(one, figure=signed.figure)
    return replace(one, reason=signed.reason if _excess(one) <= _excess(accepted) else "")


def _placed(found: Iterable[Finding], grid: Ints) -> list[Finding]:
    """Add the buildings of the grid to findings that name none."""
    members: dict[int, tuple[int, ...]] = {}
    for one in {one.grid for one in found if one.grid is not None}:
        members[one] = tuple(np.flatnonzero(grid == one).tolist())
    return [
        one if one.atoms or one.grid is None else replace(one, atoms=members[one.grid])
        for one in found
    ]


def _of_grid(
    key: str,
    state: str,
    grid: int,
    figure: float,
    norm: Norm | None,
    reason: tuple[str, Mapping[str, object]],
) -> Finding:
    return Finding(
        key,
        state,
        f"grid:{grid}",
        int(grid),
        float(figure),
        norm.low if norm else None,
        norm.high if norm else None,
        *reason,
    )


def _unassigned(ground: Ground, grid: Ints) -> list[Finding]:
    out = np.flatnonzero(grid < 0)
    if not len(out):
        return []
    households = float(ground.counts["households"][out].sum())
    message = (
        N_("{buildings} buildings with {households} households are in no grid.")
        if ground.counted
        else N_("{buildings} buildings are in no grid.")
    )
    params = {"buildings": len(out), "households": round(households)}
    members = tuple(out.tolist())
    figure = float(len(out))
    return [
        Finding("unassigned", INCOMPLETE, "plan", None, figure, None, 0, message, params, members)
    ]


def _households(table: pd.DataFrame, used: Ints, norm: Norm) -> list[Finding]:
    found = []
    counts = table["households"].to_numpy()
    if counts.sum() == 0:
        return _uncounted(used)
    for one in used.tolist():
        verdict = norm.verdict(counts[one])
        if verdict == "within":
            continue
        message = (
            N_("{figure} households, {gap} above the ceiling of {limit}.")
            if verdict == "above"
            else N_("{figure} households, {gap} below the floor of {limit}.")
        )
        gap, limit = abs(norm.gap(counts[one])), norm.high if verdict == "above" else norm.low
        params = {"figure": round(counts[one]), "gap": round(gap), "limit": limit}
        found.append(_of_grid("households", VIOLATED, one, counts[one], norm, (message, params)))
    return found


def _uncounted(used: Ints) -> list[Finding]:
    if not len(used):
        return []
    message = N_("No households are on record here, so the norm cannot be checked.")
    return [Finding("households", WARNING, "plan", None, 0.0, None, None, message, {})]


def _parts(ground: Ground, grid: Ints, size: int, norm: Norm) -> list[Finding]:
    counts = plans.parts(ground.atoms, grid, size)
    most = norm.high if norm.high is not None else 1
    message = N_("{figure} separate parts; at most {limit} allowed.")
    return [
        _of_grid(
            "parts",
            VIOLATED,
            one,
            counts[one],
            norm,
            (message, {"figure": int(counts[one]), "limit": most}),
        )
        for one in np.flatnonzero(counts > most).tolist()
    ]


def _sub_districts(ground: Ground, grid: Ints, used: Ints) -> list[Finding]:
    held = (grid >= 0) & (ground.sub_district >= 0)
    pairs = np.unique(np.stack([grid[held], ground.sub_district[held]]), axis=1)
    count = np.bincount(pairs[0], minlength=int(used.max(initial=-1)) + 1)
    message = N_("Reaches into {figure} sub-districts.")
    return [
        _of_grid(
            "sub_district", WARNING, one, count[one], None, (message, {"figure": int(count[one])})
        )
        for one in np.flatnonzero(count > 1).tolist()
    ]


def _barriers(ground: Ground, grid: Ints, size: int) -> list[Finding]:
    whole = plans.parts(ground.atoms, grid, size)
    cut = plans.parts(ground.atoms, grid, size, hindrance=MAIN_ROAD)
    message = N_("A main road or water cuts it into {figure} pieces.")
    return [
        _of_grid("barrier", WARNING, one, cut[one], None, (message, {"figure": int(cut[one])}))
        for one in np.flatnonzero(cut > whole).tolist()
    ]


def _compactness(
    ground: Ground, grid: Ints, table: pd.DataFrame, used: Ints, norms: Mapping[str, Norm]
) -> list[Finding]:
    outline = table["polsby_popper"].to_numpy()
    circle = plans.reock(ground, grid, len(table), table["area_m2"].to_numpy())
    measures = (
        (
            outline,
            norms["polsby_popper"],
            N_("Long or jagged: Polsby–Popper {figure}, below {limit}."),
        ),
        (circle, norms["reock"], N_("Stretched: Reock {figure}, below {limit}.")),
    )
    found = []
    for one in used.tolist():
        short = [m for m in measures if m[1].low is not None and m[0][one] < m[1].low]
        for values, norm, message in short[:1]:
            params = {"figure": f"{values[one]:.2f}", "limit": norm.low}
            found.append(
                _of_grid("compactness", WARNING, one, values[one], norm, (message, params))
            )
    return found


def _workers(used: Ints, duties: Sequence[Duty]) -> list[Finding]:
    held = {grid for duty in duties for grid in duty.grids}
    message = N_("No grid leader or grid worker.")
    return [
        _of_grid("worker", INCOMPLETE, one, 0, None, (message, {}))
        for one in used.tolist()
        if one not in held
    ]


def worker_households(households: Floats, duties: Sequence[Duty]) -> dict[int, float]:
    """Share each grid's households equally among its leaders and workers.

    Returns
    -------
    dict
        Staff id to households.
    """
    hands: dict[int, int] = {}
    for duty in duties:
        for one in duty.grids:
            hands[one] = hands.get(one, 0) + 1
    return {
        duty.staff: float(sum(households[one] / hands[one] for one in duty.grids))
        for duty in duties
    }


def _loads(table: pd.DataFrame, duties: Sequence[Duty], norm: Norm) -> list[Finding]:
    held = worker_households(table["households"].to_numpy(), duties)
    found = []
    for duty in duties:
        load = held[duty.staff]
        verdict = norm.verdict(load)
        if verdict == "within" or not duty.grids:
            continue
        message = (
            N_("Holds {figure} households, {gap} above the ceiling of {limit}.")
            if verdict == "above"
            else N_("Holds {figure} households, {gap} below the floor of {limit}.")
        )
        limit = norm.high if verdict == "above" else norm.low
        params = {"figure": round(load), "gap": round(abs(norm.gap(load))), "limit": limit}
        state = VIOLATED if verdict == "above" else WARNING
        subject = f"staff:{duty.staff}"
        found.append(
            Finding("worker_load", state, subject, None, load, norm.low, norm.high, message, params)
        )
    return found

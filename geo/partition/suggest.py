"""Suggesting plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from geo.atoms import Atoms
from geo.errors import N_, InputError
from geo.partition.case import Case, prepare
from geo.partition.feasible import check, feasibility
from geo.partition.measures import measure
from geo.partition.reasons import reasons
from geo.partition.search import search
from geo.partition.wish import Bools, Candidate, Finding, Ints, Progress, Suggestion, Wish

CLOSE = 0.7
"""How much the last plan, the closest to today's, wants to be close."""


def suggest(
    atoms: Atoms,
    wish: Wish,
    *,
    today: Ints | None = None,
    locked: Bools | None = None,
    progress: Progress | None = None,
) -> Suggestion:
    """Suggest plans: contiguous, in the band, compact, balanced, compounds whole.

    Parameters
    ----------
    atoms : Atoms
    wish : Wish
    today : array of (n,), optional
        Grid of each building now, -1 for none.
    locked : array of (n,) bool, optional
        Buildings of grids that stay as they are; they need `today`.
    progress
        Told the share done, 0 to 1; answers False to cancel.

    Returns
    -------
    Suggestion
        Up to five plans, the recommended one first; each of the others is better in something.
        Locked grids have the first numbers, in the order of today's. The same arguments give the
        same plans.

    Raises
    ------
    InputError
        If the numbers make no sense, or there are no households and no number of grids.
    Cancelled
        If `progress` answered False.
    """
    check(atoms, wish)
    now, fixed = _checked(atoms, today, locked)
    plans, findings = _plans(atoms, wish, now, fixed, progress)
    known = now if (now >= 0).any() else None
    candidates = [
        Candidate(kind, grid, measure(atoms, grid, wish, known), reasons(atoms, grid, wish, fixed))
        for kind, grid in plans
    ]
    return Suggestion(_best(candidates), tuple(findings))


def _checked(atoms: Atoms, today: Ints | None, locked: Bools | None) -> tuple[Ints, Bools]:
    """Return both with their defaults."""
    count = len(atoms)
    now = np.full(count, -1) if today is None else np.asarray(today)
    fixed = np.zeros(count, dtype=bool) if locked is None else np.asarray(locked, dtype=bool)
    if len(now) != count or len(fixed) != count:
        raise InputError(N_("Today's grids and the locks need one entry for each building."))
    if (now[fixed] < 0).any():
        raise InputError(N_("A locked building has no grid today that it could keep."))
    numbered = np.full(count, -1, dtype=np.int64)
    numbered[now >= 0] = np.unique(now[now >= 0], return_inverse=True)[1]
    return numbered, fixed


def _plans(
    atoms: Atoms, wish: Wish, today: Ints, locked: Bools, progress: Progress | None
) -> tuple[list[tuple[str, Ints]], list[Finding]]:
    """Return grids of all atoms by kind, and what cannot be."""
    kept = np.unique(today[locked])
    base = np.full(len(atoms), -1, dtype=np.int64)
    base[locked] = np.searchsorted(kept, today[locked])
    free = np.flatnonzero(~locked)
    if free.size == 0:
        return [("recommended", base)], []
    findings = feasibility(atoms, wish, locked, today)
    case = prepare(atoms, wish, today, free, len(kept))
    close = None
    if case.today is not None and wish.stay_close < CLOSE:
        closer = replace(wish, stay_close=CLOSE)
        close = prepare(atoms, closer, today, free, len(kept))
    plans = [
        (kind, _whole(atoms, base, found, grid + len(kept)))
        for found, kind, grid in search(case, close, progress)
    ]
    return plans, findings


def _whole(atoms: Atoms, base: Ints, case: Case, grid: Ints) -> Ints:
    """Put a case's grids among all atoms; who is in none joins the nearest of the case."""
    whole = base.copy()
    whole[case.positions] = grid
    left = np.flatnonzero(whole < 0)
    if left.size:
        nearest = cKDTree(atoms.xy[case.positions]).query(atoms.xy[left])[1]
        whole[left] = grid[nearest]
    return whole


def _best(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Leave out plans that another beats or equals in everything; the first always stays."""
    kept: list[Candidate] = []
    for candidate in candidates:
        mine = _faults(candidate)
        others = [_faults(other) for other in candidates if other is not candidate]
        beaten = any((other <= mine).all() and (other < mine).any() for other in others)
        again = any((_faults(other) == mine).all() for other in kept)
        if candidate is candidates[0] or not (beaten or again):
            kept.append(candidate)
    return tuple(kept)


def _faults(candidate: Candidate) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return what is better when it is less."""
    measures = candidate.measures
    return np.array(
        [
            measures.grids - measures.in_band,
            measures.parts,
            measures.balance,
            -measures.polsby_popper,
            measures.compounds_split,
            measures.households_moved,
        ]
    )

"""Emerging hot spots: what kind of history each area has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from geo import spacetime
from geo.areas import Areas, areas_of
from geo.periods import MONTHS_PER_YEAR
from geo.spacetime import EMERGING, Emerging
from geo.spots import Find, middle, together
from geo.studies.intake import Asked
from geo.studies.places import counted, looked_at, relative_risk
from geo.studies.question import AreaFigures, Study

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int64]

_SURE_LEVEL = 2
_NAMES = tuple(EMERGING)
_NONE = _NAMES.index("none")
_WEEK = 7
_EPOCH = date(1970, 1, 1).toordinal()


def emerging(asked: Asked) -> Study:
    """Answer a question about change over time."""
    question = asked.question
    steps = spacetime.steps(date.fromordinal(question.stop - 1), question.step, _count(asked))
    areas = areas_of(asked.cases, question.unit)
    day = asked.cases.tickets["day"].to_numpy() - _EPOCH
    cube = spacetime.cube(areas.of_ticket, day.astype("datetime64[D]"), steps, len(areas))
    seen = np.flatnonzero(cube.sum(axis=1) > 0)
    asked.told |= {
        "areas": len(seen),
        "areas_empty": len(areas) - len(seen),
        "unit": areas.unit,
        "steps": cube.shape[1],
        "outside": int((areas.of_ticket < 0).sum()),
        "counted": int(cube.sum()),
    }
    edges = tuple(edge.toordinal() for edge in steps.edges)
    short = spacetime.shortage(cube[seen])
    if short is not None:
        told = counted(asked.cases, areas)
        return asked.study([], areas=told, shortage=short.reason, steps=edges)
    found = spacetime.emerging(
        cube[seen], areas.window[seen][:, seen], mode=question.mode, seed=question.seed
    )
    asked.told |= {"way": found.way, "bins": found.z.size}
    history = _History(areas, seen, cube, found, edges)
    return asked.study(
        _finds(asked, history),
        areas=_figures(asked, history),
        steps=edges,
    )


def _count(asked: Asked) -> int:
    """Return how many whole steps the period holds."""
    question = asked.question
    if question.step == "week":
        return max(1, question.days // _WEEK)
    first, last = date.fromordinal(question.start), date.fromordinal(question.stop)
    months = (last.year - first.year) * MONTHS_PER_YEAR + last.month - first.month
    return max(1, months - (last.day < first.day))


@dataclass(frozen=True)
class _History:
    """What was found in the areas with tickets (`seen`: their positions)."""

    areas: Areas
    seen: Positions
    cube: Integers
    found: Emerging
    edges: tuple[int, ...]

    @property
    def category(self) -> Positions:
        """The category of every area."""
        full = np.full(len(self.areas), _NONE)
        full[self.seen] = self.found.category
        return full

    @property
    def level(self) -> Integers:
        """The level of every area in every step."""
        full = np.zeros(self.cube.shape, dtype=np.int64)
        full[self.seen] = self.found.level
        return full


def _figures(asked: Asked, history: _History) -> AreaFigures:
    level, latest = history.level, history.cube.shape[1] - 1
    z = np.full(len(history.areas), np.nan)
    z[history.seen] = history.found.z[:, latest]
    return replace(
        counted(asked.cases, history.areas),
        observed=tuple(history.cube.sum(axis=1).tolist()),
        z=tuple(None if np.isnan(one) else one for one in z.tolist()),
        level=tuple(level[:, latest].tolist()),
        category=tuple(history.category.tolist()),
        series=tuple(map(tuple, history.cube.tolist())),
        levels=tuple(map(tuple, level.tolist())),
    )


def _finds(asked: Asked, history: _History) -> list[Find]:
    """Join neighbours of one category; what is hot comes first, the largest before."""
    category = history.category
    parts = [
        (one, part)
        for one in np.unique(category[category != _NONE]).tolist()
        for part in together(category == one, history.areas.window)
    ]
    found = [_find(asked, history, _NAMES[one], part) for one, part in parts]
    order = {name: place for place, name in enumerate(_NAMES)}
    found.sort(key=lambda one: (order[one.kind], -len(one.tickets), one.keys))
    return found


def _find(asked: Asked, history: _History, kind: str, part: Positions) -> Find:
    """Describe neighbouring areas of one category from its first to its last significant step."""
    sign = -1 if kind.endswith("cold") else 1
    marked = (history.level[part] * sign >= _SURE_LEVEL).any(axis=0)
    at = np.flatnonzero(marked)
    first, last = (int(at[0]), int(at[-1])) if at.size else (0, history.cube.shape[1] - 1)
    start, stop = history.edges[first], history.edges[last + 1]
    day = asked.cases.tickets["day"].to_numpy()
    looked = np.intersect1d(looked_at(history.areas, part), history.seen)
    inside = np.isin(history.areas.of_ticket, looked) & (day >= start) & (day < stop)
    weight = history.cube[part].sum(axis=1).astype(float)
    xy, radius_m = middle(history.areas.xy[part], weight, history.areas.size_m / 2)
    total = float(history.cube.sum())
    length = (stop - start) / (history.edges[-1] - history.edges[0])
    share = len(looked) / len(history.seen) * length
    row = np.searchsorted(history.seen, part)
    q = history.found.q_cold[row] if sign < 0 else history.found.q_hot[row]
    return Find(
        kind=kind,
        keys=tuple(history.areas.keys[one] for one in part),
        xy=xy,
        radius_m=radius_m,
        tickets=np.flatnonzero(inside),
        first_day=start,
        last_day=stop - 1,
        expected=total * share,
        relative_risk=relative_risk(float(inside.sum()), total, total * share),
        q=float(np.nanmin(q)),
    )

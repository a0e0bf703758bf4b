"""Gi*: areas with more, or fewer, tickets around them than chance explains."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo import hotspots
from geo.areas import Areas, areas_of, at_homes, rings
from geo.cases import Cases
from geo.hotspots import Gi
from geo.spots import Find, middle, together
from geo.studies.intake import Asked, Group
from geo.studies.question import AreaFigures, Question, Study

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

_SURE_LEVEL = 2
"""What is told as found: 95 %."""


@dataclass(frozen=True)
class Tested:
    """One group of tickets with what the test says of each area."""

    group: Group
    values: Floats
    gi: Gi


def gi(asked: Asked) -> Study:
    """Answer a question about significant hot spots."""
    if asked.cases.tickets.empty:
        return asked.study([], shortage="cases")
    areas = _areas(asked)
    groups = asked.groups(hotspots.MIN_CASES)
    sizes = [(group, areas.count(group.tickets)) for group in groups]
    able = [(group, values) for group, values in sizes if hotspots.shortage(values) is None]
    if not able:
        short = hotspots.shortage(areas.count())
        return asked.study(
            [],
            areas=counted(asked.cases, areas),
            shortage=short.reason if short else "cases",
        )
    tested = _tested(asked, areas, able)
    found = [one for each in tested for one in _finds(asked, areas, each)]
    found.sort(key=lambda one: (one.kind == "cold", one.q or 0, one.p or 0, -len(one.tickets)))
    return asked.study(found, areas=_figures(asked.cases, areas, tested))


def _areas(asked: Asked) -> Areas:
    """Lay the areas, and note what is counted in them."""
    laid = areas_for(asked.cases, asked.question)
    rated = rates(asked.cases, asked.question)
    asked.told |= {
        "areas": len(laid),
        "unit": laid.unit,
        "outside": int((laid.of_ticket < 0).sum()),
        "measure": "rate" if rated else "count",
        "households": float(laid.households.sum()),
    }
    return laid


def rates(cases: Cases, question: Question) -> bool:
    """Tell whether tickets are compared with households: where it is asked for, and can be."""
    return question.measure == "rate" and cases.counts_homes


def areas_for(cases: Cases, question: Question) -> Areas:
    """Lay the areas of a question; rates count tickets where somebody lives."""
    laid = areas_of(cases, question.unit)
    return at_homes(laid, cases) if rates(cases, question) else laid


def _tested(asked: Asked, areas: Areas, groups: list[tuple[Group, Floats]]) -> list[Tested]:
    """Test each group, and correct for the number of all areas of all groups."""
    found = [(group, values, _test(asked, areas, values)) for group, values in groups]
    hot = hotspots.pooled([one.p_hot for _group, _values, one in found])
    cold = hotspots.pooled([one.p_cold for _group, _values, one in found])
    asked.told |= {"way": found[0][2].way, "draws": max(one.draws for *_rest, one in found)}
    return [
        Tested(
            group,
            values,
            replace(one, q_hot=q_hot, q_cold=q_cold, level=hotspots.levels(q_hot, q_cold)),
        )
        for (group, values, one), q_hot, q_cold in zip(found, hot, cold, strict=True)
    ]


def _test(asked: Asked, areas: Areas, values: Floats) -> Gi:
    question = asked.question
    if asked.told["measure"] == "rate" and question.mode == "calibrated":
        return hotspots.test_rates(values, areas.households, areas.window, seed=question.seed)
    if asked.told["measure"] == "rate":
        values = hotspots.smoothed_rates(values, areas.households)
    return hotspots.test(values, areas.window, mode=question.mode, seed=question.seed)


# ------------------------------------------------------------------------------- what is found


def _finds(asked: Asked, areas: Areas, tested: Tested) -> list[Find]:
    level = tested.gi.level
    hot = together(level >= _SURE_LEVEL, areas.window)
    cold = together(level <= -_SURE_LEVEL, areas.window)
    return [
        *(_find(asked, areas, tested, part, "hot") for part in hot),
        *(_find(asked, areas, tested, part, "cold") for part in cold),
    ]


def _find(asked: Asked, areas: Areas, tested: Tested, part: Positions, kind: str) -> Find:
    p, q = (
        (tested.gi.p_hot, tested.gi.q_hot)
        if kind == "hot"
        else (tested.gi.p_cold, tested.gi.q_cold)
    )
    looked = looked_at(areas, part)
    inside = np.isin(areas.of_ticket[tested.group.tickets], looked)
    expected, risk = _expected(asked, areas, tested.values, looked)
    xy, radius_m = middle(areas.xy[part], tested.values[part], areas.size_m / 2)
    return Find(
        kind=kind,
        class_code=tested.group.code,
        keys=tuple(areas.keys[one] for one in part),
        xy=xy,
        radius_m=radius_m,
        tickets=tested.group.tickets[inside],
        first_day=asked.question.start,
        last_day=asked.question.stop - 1,
        expected=expected,
        relative_risk=risk,
        p=float(p[part].min()),
        q=float(q[part].min()),
    )


def looked_at(areas: Areas, part: Positions) -> Positions:
    """Return the areas whose tickets speak for some areas.

    What was tested of an area is the window around it. A grid's window is all of its neighbours,
    too much to be called its own.
    """
    return part if areas.unit == "grid" else np.unique(areas.window[part].indices).astype(np.int64)


def _expected(
    asked: Asked, areas: Areas, values: Floats, looked: Positions
) -> tuple[float, float | None]:
    """Return how many tickets were to be expected, and the rate inside ÷ outside."""
    if asked.told["measure"] == "rate" and asked.question.mode == "calibrated":
        expected = float(hotspots.expected_cases(values, areas.households)[looked].sum())
    else:
        base = areas.households if asked.told["measure"] == "rate" else np.ones(len(areas))
        expected = float(values.sum() * base[looked].sum() / base.sum())
    return expected, relative_risk(float(values[looked].sum()), float(values.sum()), expected)


def relative_risk(inside: float, total: float, expected: float) -> float | None:
    """Return (inside ÷ expected) ÷ (outside ÷ expected outside); None against nothing."""
    outside, rest = total - inside, total - expected
    if expected <= 0 or outside <= 0 or rest <= 0:
        return None
    return (inside / expected) / (outside / rest)


# ----------------------------------------------------------------------------- by area


def _figures(cases: Cases, areas: Areas, tested: list[Tested]) -> AreaFigures:
    """Tell of each area the group with the strongest sign."""
    level = np.array([one.gi.level for one in tested])
    p = np.array([np.fmin(one.gi.p_hot, one.gi.p_cold) for one in tested])
    order = np.lexsort((np.nan_to_num(p, nan=1.0), -np.abs(level)), axis=0)
    best, every = order[0], np.arange(len(areas))
    q = np.array([np.fmin(one.gi.q_hot, one.gi.q_cold) for one in tested])
    z = np.array([one.gi.z for one in tested])
    codes = np.array([one.group.code for one in tested])
    return replace(
        counted(cases, areas),
        z=_plain(z[best, every]),
        p=_plain(p[best, every]),
        q=_plain(q[best, every]),
        level=tuple(level[best, every].tolist()),
        class_code=tuple(codes[best].tolist()) if any(codes) else (),
    )


def counted(cases: Cases, areas: Areas) -> AreaFigures:
    """Tell what was counted."""
    return AreaFigures(
        unit=areas.unit,
        keys=areas.keys,
        size_m=areas.size_m,
        rings=tuple(map(tuple, rings(areas, cases))) if areas.has_rings else (),
        observed=tuple(areas.count().astype(int).tolist()),
        households=tuple(areas.households.tolist()),
    )


def _plain(values: Floats) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(one) else one for one in values.tolist())

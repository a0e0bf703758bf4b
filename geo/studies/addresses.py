"""Repeat addresses: who calls far more than ordinary differences explain, and what comes back."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from geo import hotspots, repeats
from geo.cases import Cases
from geo.errors import GeometryError
from geo.facts import DAY_US, NEVER_US
from geo.followup import DAYS_PER_MONTH
from geo.repeats import Repeats
from geo.spots import Find
from geo.studies.intake import SURE, Asked
from geo.studies.question import Study

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

LEAST = 30
"""Fewer tickets say nothing about addresses."""

NEAR_M = 100.0
NEAR_DAYS = 14.0
"""What near means when near repeats are looked for."""

NEAR_DRAWS = 499
"""Enough for a correction over a dozen classes, few enough for a page that waits."""

TABLE_M = (50.0, 100.0, 200.0)
TABLE_DRAWS = 199
MOST_IN_TABLE = 4000
"""Of one class by distance and time; so many tickets take some seconds."""


def repeated(asked: Asked) -> Study:
    """Answer a question about repeat addresses; every call counts here, repeats too."""
    cases = asked.cases
    building = cases.tickets["building"].to_numpy(np.int64)
    calls = np.bincount(building[building >= 0], minlength=len(cases.buildings))
    asked.told |= {
        "without_address": int((building < 0).sum()),
        "repeats_of": int(cases.tickets["repeat"].sum()),
        "addresses": int((calls > 0).sum()),
        "addresses_all": len(calls),
        "measure": "rate" if cases.counts_homes else "count",
    }
    if calls.sum() < LEAST:
        short = "cases" if len(building) < LEAST else "addresses"
        return asked.study([], shortage=short)
    exposure = _exposure(cases, asked.question.days)
    found = repeats.exceedance(calls, exposure)
    asked.told |= {
        "tested": int((exposure > 0).sum()),
        "times": found.times,
        "sure": found.sure,
        "prior_shape": found.prior[0],
        "street_rate": found.street_rate,
    }
    finds = [_find(asked, found, int(at)) for at in _worst_first(found)]
    return asked.study(finds, more=_more(asked, calls, exposure))


def _exposure(cases: Cases, days: int) -> Floats:
    """Return the household-months of each building; plain months where nobody is on record."""
    months = days / DAYS_PER_MONTH
    homes = cases.households if cases.counts_homes else np.ones(len(cases.buildings))
    return homes * months


def _worst_first(found: Repeats) -> Positions:
    """Return the addresses that are flagged and stand the correction, the surest first."""
    flagged = np.flatnonzero(found.flagged & (found.q <= SURE))
    return flagged[np.lexsort((-found.calls[flagged], found.q[flagged]))]


def _find(asked: Asked, found: Repeats, at: int) -> Find:
    tickets = np.flatnonzero(asked.cases.tickets["building"].to_numpy() == at)
    x, y = asked.cases.homes_xy[at].tolist()
    return Find(
        kind="address",
        keys=(str(asked.cases.buildings["id"].iloc[at]),),
        xy=(x, y),
        radius_m=0.0,
        tickets=tickets,
        first_day=asked.question.start,
        last_day=asked.question.stop - 1,
        expected=float(found.expected[at]),
        relative_risk=float(found.calls[at] / found.expected[at]),
        p=float(found.p[at]),
        q=float(found.q[at]),
    )


def _more(asked: Asked, calls: Positions, exposure: Floats) -> dict[str, Any]:
    """Tell how calls are spread, what was reopened, and whether near things happen near in time."""
    spread = repeats.concentration(calls, exposure=exposure, seed=asked.question.seed)
    return {
        "shares": list(spread.shares),
        "from_top": list(spread.found),
        "from_top_even": list(spread.even),
        **_reopened(asked),
        **_near(asked),
    }


def _reopened(asked: Asked) -> dict[str, Any]:
    """Count what came back, and what would by chance: a busy building has the like all the time.

    By chance a ticket follows a closing of its building and category within the days if reports of
    these are spread evenly over the period.
    """
    tickets = asked.cases.tickets
    building = tickets["building"].to_numpy(np.int64)
    address = np.where(building >= 0, building.astype(float), np.nan)
    category = tickets["category_code"].to_numpy(object)
    came_back = repeats.reopened(
        address,
        category,
        _instants(tickets["reported_us"].to_numpy(np.int64)),
        _instants(tickets["closed_us"].to_numpy(np.int64)),
    )
    alike = tickets.groupby(["building", "category_code"])["id"].transform("size").to_numpy()
    near = repeats.REOPENED_DAYS * (alike - 1) / asked.question.days
    return {
        "closed": int((tickets["closed_us"] < NEVER_US).sum()),
        "reopened": int(came_back.sum()),
        "reopened_even": float((1 - np.exp(-near))[building >= 0].sum()),
        "reopened_days": repeats.REOPENED_DAYS,
    }


def _instants(at_us: Positions) -> npt.NDArray[np.datetime64]:
    known = at_us < NEVER_US
    found = np.where(known, at_us, 0).astype("datetime64[us]")
    found[~known] = np.datetime64("NaT")
    return found


def _near(asked: Asked) -> dict[str, Any]:
    """Test each class for near repeats: whether one report brings the next nearby.

    Only first reports, and only from different places: what repeats an earlier ticket, or comes
    from the same address, is told by itself. Different matters do not bring each other.
    """
    first = asked.cases.first_reports()
    asked.told["near_too_many"] = 0
    rows = []
    for code, of_class in first.tickets.groupby("class_code").indices.items():
        if len(of_class) >= LEAST:
            rows += _knox(asked, first, str(code), np.asarray(of_class))
    if rows:
        q = hotspots.fdr([row["p"] for row in rows]).tolist()
        rows = [{**row, "q": one} for row, one in zip(rows, q, strict=True)]
    rows.sort(key=lambda row: (row["q"], -(row["ratio"] or 0)))
    asked.told["near_classes"] = len(rows)
    return {"near_m": NEAR_M, "near_days": NEAR_DAYS, "knox": rows, **_table(asked, first)}


def _knox(asked: Asked, first: Cases, code: str, own: Positions) -> list[dict[str, Any]]:
    """Test one class; one with more pairs than can be looked at is left out, and counted."""
    try:
        found = repeats.knox(
            first.xy[own],
            _days(first)[own],
            within_m=NEAR_M,
            within_days=NEAR_DAYS,
            draws=NEAR_DRAWS,
            seed=asked.question.seed,
            same_place=False,
        )
    except GeometryError:
        asked.told["near_too_many"] += 1
        return []
    return [
        {
            "class_code": code,
            "tickets": len(own),
            "pairs": found.pairs,
            "expected": found.expected,
            "ratio": _plain(found.ratio),
            "p": found.p,
        }
    ]


def _days(cases: Cases) -> Floats:
    return cases.tickets["reported_us"].to_numpy(np.float64) / DAY_US


def _table(asked: Asked, first: Cases) -> dict[str, Any]:
    """Lay out distances and times where one class was asked for."""
    if len(asked.question.classes) != 1 or not LEAST <= len(first.tickets) <= MOST_IN_TABLE:
        return {}
    found = repeats.knox_table(
        first.xy, _days(first), metres=TABLE_M, draws=TABLE_DRAWS, seed=asked.question.seed
    )
    return {
        "knox_table": {
            "metres": list(found.metres),
            "days": list(found.days),
            "ratio": [[_plain(one) for one in row] for row in found.ratio.tolist()],
            "p": found.p.tolist(),
        }
    }


def _plain(value: float) -> float | None:
    return value if np.isfinite(value) else None

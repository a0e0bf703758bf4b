"""From a comparison to the map of what changes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from dashboard import figures, theme
from dashboard.maps import Choropleth, Legend, LegendRow, MapState
from dashboard.services.comparing import Sides
from dashboard.services.territory import Scope
from geo.compare import ENTERED, KEPT, LEFT, MOVED, NOWHERE
from geo.errors import N_
from geo.words import _

FATES: Final = {
    KEPT: N_("Stays in its grid"),
    MOVED: N_("Moves to another grid"),
    ENTERED: N_("Newly in a grid"),
    LEFT: N_("No longer in a grid"),
    NOWHERE: N_("In no grid of either"),
}


def map_state(scope: Scope, found: Sides) -> MapState:
    """Show the grids of the second plan, and each building by what becomes of it."""
    desk = found.second
    order = list(FATES)
    number = np.array([order.index(fate) for fate in found.found.fate], dtype=np.int64)
    return MapState(
        community=desk.land.code,
        community_name=desk.land.name,
        bounds_lon_lat=scope.bounds or (73.5, 18.0, 135.0, 53.6),
        boundary_urls=[f"/api/community/{desk.land.community_id}"],
        grids_urls=[f"/api/grids/{desk.plan.id}?r={desk.plan.revision}"],
        version=desk.version,
        choropleth=Choropleth(
            {-1 - place: place for place in range(len(order))}, theme.palette().fates
        ),
        grid_labels=_labels(found),
        legends=[_legend(found, number)],
        attribution=" · ".join(scope.attributions),
        draft=_painted(found, number),
    )


def _labels(found: Sides) -> dict[int, tuple[str, ...]]:
    labels: dict[int, tuple[str, ...]] = {}
    key = "households" if found.second.counted else "buildings"
    for pair in found.found.pairs:
        if pair.after < 0:
            continue
        one = found.second.plan.grids[pair.after]
        if pair.before < 0:
            labels[one.id] = (one.number, _("new"))
            continue
        before, after = (
            figures.integer(float(table[key].to_numpy()[place]))
            for table, place in ((found.found.before, pair.before), (found.found.after, pair.after))
        )
        labels[one.id] = (one.number, after if before == after else f"{before} → {after}")
    return labels


def _legend(found: Sides, number: Any) -> Legend:
    desk = found.second
    counts = np.bincount(number, desk.land.pure.weight, minlength=len(FATES))
    rows = [
        LegendRow("fill", _(text), color, count=figures.integer(float(count)))
        for text, color, count in zip(FATES.values(), theme.palette().fates, counts, strict=True)
    ]
    beside = _("right: households") if desk.counted else _("right: buildings")
    return Legend(_("What changes for buildings"), rows, beside)


def _painted(found: Sides, number: Any) -> dict[str, Any]:
    """Return the buildings' fates in the form of a draft whose grids are the fates."""
    desk = found.second
    return {
        "url": f"/api/draft/{desk.plan.id}/atoms",
        "atomsVersion": desk.version,
        "revision": desk.plan.revision,
        "grids": [-1 - place for place in range(len(FATES))],
        "assigned": number.tolist(),
        "locked": [],
        "numbers": {str(-1 - place): _(text) for place, text in enumerate(FATES.values())},
        "target": None,
        "targetText": "",
        "onlyUnassigned": False,
        "norm": [None, None],
        "tool": "pan",
        "tools": False,
        "selection": [],
        "result": None,
        "clear": 0,
    }

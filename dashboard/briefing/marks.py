"""Facilities on a briefing's map: discs in the colour of their family, numbered by kind."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np
import shapely

from dashboard import figures
from dashboard.briefing.drawing import PALETTE, Disc
from dashboard.briefing.land import Land
from geo.papers.drawing import View
from geo.schema import FACILITY_KINDS
from geo.words import _

FAMILIES: Final = {
    "party_centre": "party",
    "grid_station": "station",
    "police": "station",
    "canteen": "elderly",
    "day_care": "elderly",
    "after_school": "education",
    "school": "education",
    "kindergarten": "education",
    "culture": "education",
    "clinic": "health",
    "hospital": "health",
    "aed": "health",
    "park": "health",
}
"""Colour family of a kind, as on the page's map; all others are ``other``."""

FURNITURE: Final = ("bin", "light", "manhole")
"""Street furniture stands by the hundred: it would hide the map."""

EQUIPMENT: Final = ("fire", "charging", "waste", "car_park", "shop")
"""What serves buildings rather than people: only on large maps."""


RADIUS_MM: Final = 0.18
"""Of a disc, for each point of running text."""

SMALL_SHARE: Final = 0.7


class Marks:
    """The facilities a map shows, and what its legend says of them.

    Parameters
    ----------
    land, view
        What there is, and what of it is seen.
    kinds
        The only kinds to show; empty for all but `FURNITURE`, None for no facility at all.
    equipment
        Whether `EQUIPMENT` is shown too.
    text
        Size of running text, points: discs grow with it.
    """

    def __init__(
        self,
        land: Land,
        view: View,
        kinds: tuple[str, ...] | None,
        text: float,
        *,
        equipment: bool = False,
    ) -> None:
        found = land.facilities["kind"].to_numpy(dtype=object)
        left_out = FURNITURE if equipment else (*FURNITURE, *EQUIPMENT)
        usual = tuple(kind for kind in FACILITY_KINDS if kind not in left_out)
        wanted = () if kinds is None else kinds or usual
        points = view.frame.on_paper(land.places)
        pane = shapely.box(0, 0, view.frame.width_mm, view.frame.height_mm)
        seen = shapely.within(points, pane)
        shown = np.flatnonzero(seen & np.isin(found, wanted))
        counts = Counter(found[shown].tolist())
        self.kinds = tuple(kind for kind in FACILITY_KINDS if counts[kind])
        self.counts = counts
        self.hidden = len(land.places) - len(shown)
        number = {kind: str(place) for place, kind in enumerate(self.kinds, 1)}
        order = sorted(shown.tolist(), key=lambda at: int(number[str(found[at])]))
        self.discs = [
            Disc(
                points[at].x,
                points[at].y,
                _radius(found[at], text),
                color_of(found[at]),
                number[str(found[at])],
            )
            for at in order
        ]
        names = land.facilities["name"].to_numpy(dtype=object)
        self.names = ["" if found[at] in EQUIPMENT else str(names[at]) for at in order]

    def legend(self) -> dict[str, object] | None:
        """Explain the discs; None where there are none."""
        if not self.kinds:
            return None
        rows = [
            {
                "sign": "disc",
                "color": color_of(kind),
                "mark": str(place),
                "text": _(FACILITY_KINDS[kind]),
                "count": figures.integer(self.counts[kind]),
            }
            for place, kind in enumerate(self.kinds, 1)
        ]
        subtitle = _("right: facilities")
        if self.hidden:
            n = figures.integer(self.hidden)
            subtitle = _("right: facilities; {n} more are not drawn", n=n)
        return {"title": _("Facilities"), "subtitle": subtitle, "rows": rows}


def _radius(kind: str, text: float) -> float:
    """Return the radius of a kind's disc, mm; equipment stays small beside what serves people."""
    return text * RADIUS_MM * (SMALL_SHARE if kind in EQUIPMENT else 1.0)


def color_of(kind: str) -> str:
    """Return the colour of a facility's family."""
    return PALETTE.facilities[FAMILIES.get(kind, "other")]

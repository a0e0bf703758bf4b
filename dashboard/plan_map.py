"""From a plan on the table to what the map shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely

from dashboard import choropleth, figures, legends, theme
from dashboard.choropleth import Classes
from dashboard.maps import Choropleth, Focus, Legend, LegendRow, Look, MapState, Tool
from dashboard.services.planning import Desk
from dashboard.services.territory import Scope
from geo.store.gestures import Preview
from geo.store.plan_state import NEW, NOWHERE
from geo.words import _

_DIGITS = 7
MANY_GRIDS = 14

NAME_SHOWN = 12
"""Characters of a grid's name on the map."""


@dataclass(frozen=True)
class Hand:
    """What the drawer holds: the target, the tool, what is chosen so far.

    Attributes
    ----------
    target
        Grid id, `NEW` or `NOWHERE`.
    chosen
        Building ids.
    clear
        Grows when the gesture on the map is to be dropped.
    look
        Where the map is to go.
    """

    target: int = NEW
    tool: Tool = "polygon"
    chosen: tuple[int, ...] = ()
    only_unassigned: bool = False
    clear: int = 0
    look: Look | None = None


def classes(desk: Desk) -> Classes:
    """Sort the grids against the norm of households."""
    norm = desk.norms["grid_households"]
    households = desk.figures["households"].to_numpy()
    counted = households.sum() > 0
    values = {
        desk.plan.grids[place].id: float(households[place]) if counted else None
        for place in desk.plan.used.tolist()
    }
    return choropleth.against_norm(values, norm.low, norm.high)


def map_state(
    scope: Scope, desk: Desk, hand: Hand, shown: Preview | None, *, version: str
) -> MapState:
    """Say what the map of a plan shows.

    Parameters
    ----------
    shown
        The preview on the table.
    version
        Of the data.
    """
    found = classes(desk)
    focus = hand.target if hand.target > NOWHERE else None
    return MapState(
        community=desk.land.code,
        community_name=desk.land.name,
        bounds_lon_lat=scope.bounds or (73.5, 18.0, 135.0, 53.6),
        boundary_urls=[f"/api/community/{desk.land.community_id}"],
        grids_urls=[f"/api/grids/{desk.plan.id}?r={desk.plan.revision}"],
        version=version,
        plan=None if desk.is_draft else desk.plan.id,
        choropleth=Choropleth(found.of, legends.class_colors(found)),
        grid_labels=_labels(desk),
        grid_tips=_tips(desk),
        focus=Focus(grid=focus),
        legends=[_legend(desk, found)],
        attribution=" · ".join(scope.attributions),
        draft=_draft(desk, hand, shown, version) if desk.is_draft else None,
        look=hand.look,
    )


def _labels(desk: Desk) -> dict[int, tuple[str, str]]:
    named = len(desk.plan.used) <= MANY_GRIDS
    return {
        one.id: (
            f"{one.number} {_short(one.name)}".strip() if named else one.number,
            _value(desk, place),
        )
        for place in desk.plan.used.tolist()
        for one in [desk.plan.grids[place]]
    }


def _short(name: str) -> str:
    """Return as much of a name as does not cover the map."""
    return name if len(name) <= NAME_SHOWN else f"{name[: NAME_SHOWN - 1]}…"


def _value(desk: Desk, place: int) -> str:
    """Return the figure below a grid's number."""
    if desk.counted:
        return figures.integer(desk.figure(place, "households"))
    return _("{n} buildings", n=figures.integer(desk.figure(place, "buildings")))


def _tips(desk: Desk) -> dict[int, tuple[str, str]]:
    return {
        one.id: (f"{one.number} {one.name}".strip(), _tip(desk, place))
        for place in desk.plan.used.tolist()
        for one in [desk.plan.grids[place]]
    }


def _tip(desk: Desk, place: int) -> str:
    if not desk.counted:
        return f"{_value(desk, place)} · {figures.hectares(desk.figure(place, 'area_m2'))}"
    norm, households = desk.norms["grid_households"], desk.figure(place, "households")
    text = _("{n} households", n=figures.integer(households))
    return f"{text} · {figures.gap(households, norm.low, norm.high)}"


def _legend(desk: Desk, found: Classes) -> Legend:
    if not desk.counted:
        return Legend(
            _("Buildings per grid"), _out_row(desk), _("no households on record, so no norm")
        )
    norm = desk.norms["grid_households"]
    rows = [
        LegendRow("fill", text, color, count=figures.integer(count))
        for color, text, count in zip(
            legends.class_colors(found), found.texts, found.counts, strict=True
        )
    ]
    rows += _out_row(desk)
    subtitle = _(
        "norm {range} {unit}",
        range=figures.bounds(norm.low, norm.high),
        unit=_("households"),
    )
    return Legend(_("Households per grid"), rows, subtitle)


def _out_row(desk: Desk) -> list[LegendRow]:
    """Return the legend of the buildings in no grid, where there are any."""
    out = int((desk.plan.grid < 0).sum())
    color = theme.palette().tickets["overdue"]
    row = LegendRow("hatch", _("In no grid (buildings)"), color, count=figures.integer(out))
    return [row] if out else []


def _draft(desk: Desk, hand: Hand, shown: Preview | None, version: str) -> dict[str, Any]:
    """Return the draft as the map's script reads it (``DraftState`` in ``types.js``)."""
    norm = desk.norms["grid_households"]
    target: int | str | None = hand.target
    if hand.target == NEW:
        target = "new"
    elif hand.target == NOWHERE:
        target = None
    return {
        "url": f"/api/draft/{desk.plan.id}/atoms",
        "atomsVersion": version,
        "revision": desk.plan.revision,
        "grids": desk.plan.ids.tolist(),
        "assigned": desk.plan.grid.tolist(),
        "locked": [one.id for one in desk.plan.grids if one.locked],
        "numbers": {str(one.id): one.number for one in desk.plan.grids},
        "target": target,
        "targetText": target_name(desk, hand.target),
        "onlyUnassigned": hand.only_unassigned,
        "norm": [norm.low, norm.high],
        "tool": hand.tool,
        "selection": shown.moves.buildings.tolist() if shown else list(hand.chosen),
        "result": _geojson(shown.boundary) if shown else None,
        "clear": hand.clear,
    }


def target_name(desk: Desk, target: int) -> str:
    """Return what the target of the next gesture is called."""
    if target == NEW:
        return _("New grid")
    if target == NOWHERE:
        return _("In no grid")
    place = desk.plan.position(target)
    return desk.plan.grids[place].number


def _geojson(shape: Any) -> Mapping[str, Any] | None:
    if shape is None:
        return None
    rounded = shapely.transform(shape, lambda xy: np.round(xy, _DIGITS))
    found: Mapping[str, Any] = json.loads(shapely.to_geojson(rounded))
    return found


def with_clear(hand: Hand) -> Hand:
    """Return the hand with nothing chosen, and the gesture dropped from the map."""
    return replace(hand, chosen=(), clear=hand.clear + 1)


def look_at(desk: Desk, hand: Hand, atoms: Sequence[int]) -> Hand:
    """Return the hand with the map sent to some buildings."""
    if not atoms:
        return hand
    places = desk.land.lonlat[list(atoms)]
    (west, south), (east, north) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    number = hand.look.id + 1 if hand.look else 1
    return replace(hand, look=Look(number, (west, south, east, north)))

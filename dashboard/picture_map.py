"""From a picture and the page's state to what the map shows."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import choropleth, figures, legends, wording
from dashboard.choropleth import Classes
from dashboard.maps import Choropleth, Focus, MapState
from dashboard.services.overview import Area, Picture, reference_values
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.verdicts import norm_line
from geo.indicators import INDICATORS
from geo.words import _

MANY_GRIDS = 14
"""More grids than this are labelled without their names."""


def classes(scope: Scope, picture: Picture, indicator: str) -> Classes | None:
    """Sort the areas into the classes the map colours, or None where it only labels them."""
    norm, values = picture.norm(indicator), picture.values(indicator)
    if norm is not None:
        return choropleth.against_norm(values, norm.low, norm.high)
    reference = reference_values(scope.edition, indicator, picture.period.days)
    percent = INDICATORS[indicator].unit == "%"
    return choropleth.by_breaks(values, choropleth.quantile_breaks(reference, percent=percent))


def _label(picture: Picture, indicator: str, area: Area) -> tuple[str, str]:
    name = area.short if len(picture.areas) > MANY_GRIDS else area.label
    return name, wording.shown_short(picture, indicator, picture.figure(indicator, area.id))


def _tip(picture: Picture, indicator: str, area: Area) -> tuple[str, str]:
    figure, norm = picture.figure(indicator, area.id), picture.norm(indicator)
    if picture.too_few(indicator, figure):
        return area.label, wording.too_few(picture, figure)
    text = wording.with_unit(indicator, figure.value)
    if norm and figures.known(figure.value):
        text = f"{text} · {norm_line(norm, figure.value)[0]}"
    return area.label, f"{_(INDICATORS[indicator].label)}: {text}"


def _grid_url(plan_id: int) -> str:
    return f"/api/grids/{plan_id}"


def _focus(picture: Picture, state: PageState, point: tuple[float, float] | None) -> Focus:
    area = picture.area(state.grid)
    building = state.pick[1] if state.pick and state.pick[0] == "building" else None
    return Focus(
        grid=area.id if area and area.kind == "grid" else None, building=building, point=point
    )


def _filters(picture: Picture, state: PageState) -> dict[str, str]:
    return {
        "from": picture.period.start.isoformat(),
        "to": picture.period.end.isoformat(),
        "sign": ",".join(state.sign),
        "class": ",".join(state.cls),
        "care": ",".join(state.care),
        "kind": ",".join(state.kind),
    }


def map_state(
    scope: Scope,
    picture: Picture,
    state: PageState,
    found: Classes | None,
    tickets: Mapping[str, int],
    point: tuple[float, float] | None = None,
) -> MapState:
    """Say what the map shows.

    Parameters
    ----------
    picture
        Of grids.
    found
        The areas' classes, from `classes`.
    tickets
        Tickets of the period by sign, after the filters.
    point
        Longitude and latitude of a clicked thing, to mark it.
    """
    colored = found if state.mode == "indicator" else None
    areas = picture.areas
    return MapState(
        community=",".join(community.code for community in scope.shown),
        community_name=scope.community.name if scope.community else "",
        bounds_lon_lat=scope.bounds or (73.5, 18.0, 135.0, 53.6),
        boundary_urls=[f"/api/community/{community_id}" for community_id in scope.community_ids],
        grids_urls=[_grid_url(plan_id) for plan_id in scope.plan_ids],
        version=scope.edition.version,
        plan=scope.community.plan_id if scope.community else None,
        layers=tuple(layer for layer in state.layers if layer != "label"),
        labels="label" in state.layers,
        building_mode=state.mode,
        choropleth=Choropleth(colored.of, legends.class_colors(colored)) if colored else None,
        grid_labels={area.id: _label(picture, state.ind, area) for area in areas},
        grid_tips={area.id: _tip(picture, state.ind, area) for area in areas},
        focus=_focus(picture, state, point),
        filters=_filters(picture, state),
        legends=legends.legends(picture, state, found, tickets),
        attribution=" · ".join(scope.attributions),
    )

"""The pictures a wall shows in turn: a sentence, bars, what the map shows, and what that means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from dashboard import legends, maps, picture_map, screen_panels, screen_words, state, theme
from dashboard.choropleth import Classes
from dashboard.maps import Focus, MapState
from dashboard.parts.wall import Key, Panel, Scene
from dashboard.services import overview
from dashboard.services.overview import Picture
from dashboard.services.territory import Scope
from dashboard.state import PageState
from dashboard.verdicts import over_ceiling
from geo.errors import N_
from geo.words import _

NORM_TEXTS: Final = (
    N_("below"),
    N_("within the norm"),
    N_("≤ 1.5×"),
    N_("≤ 2×"),
    N_("≤ 3×"),
    N_("> 3×"),
)
"""The norm's classes, short."""


@dataclass(frozen=True)
class _Recipe:
    """How a scene is made.

    Attributes
    ----------
    asked
        What the overview's address would say of the map.
    indicator
        What the areas are ranked by.
    """

    asked: PageState
    indicator: str
    sentence: Callable[[Picture], str]
    panel: Callable[[Scope, Picture], Panel]


_RECIPES: Final[Mapping[str, _Recipe]] = {
    "norms": _Recipe(PageState(), "households", screen_words.norms, screen_panels.tickets),
    "tickets": _Recipe(
        PageState(mode="plain", layers=("ticket", "label")),
        "tickets_per_1000_households",
        screen_words.tickets,
        screen_panels.tickets,
    ),
    "homes": _Recipe(
        PageState(mode="state"),
        "rented_share",
        screen_words.homes,
        lambda _scope, picture: screen_panels.states(picture),
    ),
    "services": _Recipe(
        PageState(mode="plain", layers=("facility", "label"), kind=legends.LEADING_FACILITIES),
        "elderly_service_reach",
        screen_words.services,
        lambda scope, _picture: screen_panels.facilities(scope),
    ),
}


def make(scope: Scope, asked: PageState, key: str) -> Scene:
    """Make one scene.

    Parameters
    ----------
    key
        One of `dashboard.state.SCENES`.
    """
    recipe, picture = _RECIPES[key], overview.picture(scope, asked.period)
    ranked = screen_panels.ranking(scope, picture, recipe.indicator)
    return Scene(
        key=key,
        tab=_(state.SCENES[key]),
        sentence=recipe.sentence(picture),
        panels=(ranked, recipe.panel(scope, picture)),
        legend=_legend(key, scope, picture),
        map=maps.state_json(map_state(scope, asked, key)) if scope.bounds else None,
    )


def map_state(scope: Scope, asked: PageState, key: str) -> MapState:
    """Say what the map shows in a scene: what the overview would, without its legend."""
    recipe, picture = _RECIPES[key], overview.picture(scope, asked.period)
    ground = picture.grids
    found = _classes(scope, ground, recipe)
    shown = picture_map.map_state(scope, ground, recipe.asked, found, {})
    labels = shown.grid_labels
    if key != "norms":  # a value that the legend does not speak of
        labels = {grid: lines[:1] for grid, lines in labels.items()}
    return replace(
        shown, legends=(), focus=_focus(ground, key), grid_labels=labels, grid_tips={}, wall=True
    )


def _classes(scope: Scope, ground: Picture, recipe: _Recipe) -> Classes | None:
    return picture_map.classes(scope, ground, recipe.asked.ind)


def _focus(ground: Picture, key: str) -> Focus:
    """Outline the grid the sentence is about."""
    over = over_ceiling(ground) if key == "norms" else []
    return Focus(grid=over[0][0].id if over else None)


def _legend(key: str, scope: Scope, picture: Picture) -> tuple[Key, ...]:
    if key == "norms":
        return _norm_keys(scope, picture.grids)
    if key == "tickets":
        found = legends.ticket_legend(
            overview.ticket_signs(scope, picture.period, ()), state.DEFAULT_SIGNS
        )
    elif key == "homes":
        found = legends.state_legend(picture)
    else:
        found = legends.facility_legend(legends.LEADING_FACILITIES)
    counts = key == "tickets"
    return tuple(
        Key(row.swatch, f"{row.text} {row.count}" if counts else row.text, row.color, row.icon)
        for row in found.rows
    )


def _norm_keys(scope: Scope, ground: Picture) -> tuple[Key, ...]:
    """Name the norm's classes; the first only where a grid is in it."""
    found = picture_map.classes(scope, ground, "households")
    if found is None or not ground.areas:
        return ()
    counts = found.counts
    return tuple(
        Key("fill", _(text), color)
        for at, (text, color) in enumerate(zip(NORM_TEXTS, theme.palette().norm, strict=True))
        if at or counts[at]
    )

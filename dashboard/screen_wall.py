"""Everything a wall shows, and how it keeps the last good picture when something fails."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from dashboard import figures, maps, screen_panels, screen_scenes
from dashboard.maps import MapState
from dashboard.parts.wall import Scene, Wall
from dashboard.services import overview, territory
from dashboard.services.territory import Scope
from dashboard.state import SCENES, PageState
from geo import periods, words
from geo.errors import StoreError, WanggeError
from geo.words import _

_LOG: Final = logging.getLogger("wangge.screen")
_LOCALES: Final = {"zh": "zh-CN", "en": "en-GB"}


@dataclass(frozen=True)
class Shown:
    """What a wall shows.

    Attributes
    ----------
    first
        What its map is told when it is mounted; None without a map.
    """

    wall: Wall
    first: MapState | None = None


def refresh(asked: PageState, last: Shown | None) -> Shown:
    """Make the wall's picture anew; where that fails, keep the last one and say so.

    Never raises: a wall that nobody stands at must not end with a sentence about an error.

    Parameters
    ----------
    last
        What it shows now.
    """
    try:
        scope = territory.resolve(asked)
        return _nothing(asked) if scope is None else _made(scope, asked, last)
    except Exception as error:  # noqa: BLE001 - the last door: nobody is there to press a button
        _note(error)
        return _kept(asked, last, unreachable=isinstance(error, StoreError))


def _made(scope: Scope, asked: PageState, last: Shown | None) -> Shown:
    picture = overview.picture(scope, asked.period)
    until = _moment(scope)
    before = {scene.key: scene for scene in last.wall.scenes} if last else {}
    wall = Wall(
        title=_title(scope),
        cutoff=_cutoff(screen_panels.period(picture), until),
        offline=_("Offline · data of {time}", time=_short(scope.as_of)),
        numbers=screen_panels.numbers(picture),
        scenes=tuple(_scene(scope, asked, key, before) for key in asked.scenes),
        **_common(asked),
    )
    return Shown(wall, (last and last.first) or _first(scope, asked))


def _first(scope: Scope, asked: PageState) -> MapState | None:
    """Return what the map begins with; None where nothing has a place."""
    return screen_scenes.map_state(scope, asked, asked.scenes[0]) if scope.bounds else None


def _common(asked: PageState) -> dict[str, Any]:
    return {
        "every": asked.every,
        "held": asked.scene if asked.scene in asked.scenes else None,
        "colors": maps.mark_colors(),
        "words": {"paused": _("Paused")},
        "locale": _LOCALES[words.language()],
        "zone": str(periods.ZONE),
    }


def _scene(scope: Scope, asked: PageState, key: str, before: Mapping[str, Scene]) -> Scene:
    """Make a scene; one that cannot be made stays what it was."""
    try:
        return screen_scenes.make(scope, asked, key)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001 - one picture's failure must not take the others along
        _note(error)
    kept = before.get(key) or Scene(key, _(SCENES[key]), "")
    trouble = (
        _("This picture could not be made anew; it is an earlier one.")
        if kept.map
        else _("This picture cannot be shown just now.")
    )
    return replace(kept, trouble=trouble)


def _kept(asked: PageState, last: Shown | None, *, unreachable: bool) -> Shown:
    """Return the last good picture with a word about it, or an empty one that says why."""
    if last is None or not last.wall.numbers:
        late = _("Offline") if unreachable else _("Not updated")
        sentence = _("The data cannot be read just now. This page tries again by itself.")
        return Shown(replace(_empty(asked, sentence), late=late))
    until = last.wall.offline
    late = until if unreachable else _("Not updated · {cutoff}", cutoff=last.wall.cutoff)
    return replace(last, wall=replace(last.wall, late=late))


def _nothing(asked: PageState) -> Shown:
    return Shown(_empty(asked, _("No communities yet")))


def _empty(asked: PageState, sentence: str) -> Wall:
    key = asked.scenes[0]
    scene = Scene(key, _(SCENES[key]), sentence)
    offline = _("Offline")
    title = _("Wangge Atlas")
    return Wall(title=title, cutoff="", offline=offline, scenes=(scene,), **_common(asked))


def _title(scope: Scope) -> str:
    name = scope.community.name if scope.community else scope.street.name
    return " · ".join((name, _("Wangge Atlas")))


def _short(at: datetime | None) -> str:
    """Write the time of the data; of today without the day."""
    if at is not None and at.astimezone(periods.ZONE).date() == figures.today():
        return f"{at.astimezone(periods.ZONE):%H:%M}"
    return figures.moment(at, figures.this_year())


def _moment(scope: Scope) -> str:
    return figures.moment(scope.as_of, figures.this_year())


def _cutoff(period: str, until: str) -> str:
    if until == figures.MISSING:
        return period
    return " · ".join((period, _("data until {time}", time=until)))


def _note(error: Exception) -> None:
    if isinstance(error, WanggeError):
        _LOG.warning("the wall was not updated: %s", error)
        return
    _LOG.error("error %s on the wall", secrets.token_hex(3).upper(), exc_info=error)

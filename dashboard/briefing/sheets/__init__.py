"""Grid sheets: each grid of a community on a page, for those who work in it.

What is read is read once for a community; pages are set one by one, or all in one document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from dashboard import picture_map
from dashboard.briefing.formats import GAP_PT, SHEET_FORMATS, Ending, Format
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.land import Land, read_land
from dashboard.briefing.packing import packed
from dashboard.briefing.page import (
    document,
    facts_of,
    footer_of,
    nothing_to_draw,
    place_of,
)
from dashboard.briefing.press import press
from dashboard.briefing.sheets.map import SMALLEST, Drawn, Ground, Own, draw
from dashboard.briefing.sheets.table import Room, pages_of, register, room_of
from dashboard.briefing.sheets.words import (
    SHOWN,
    Subject,
    cells_of,
    legends_of,
    period_of,
    staff_of,
    verdict_of,
)
from dashboard.services import overview, sheets, territory
from dashboard.services.overview import Area, Picture
from dashboard.services.territory import Scope
from geo import settings
from geo.errors import N_, InputError
from geo.papers.wording import clean, count
from geo.schema import HOUSEHOLD_STATES
from geo.words import _

Page = dict[str, Any]

CELL_EM: Final = 3.4
CELL_COLUMNS: Final = 3
"""Height of a figure, of running text, and how many stand side by side in a panel."""

SAY_EM: Final = 8.4
"""Height of verdict and staff in a panel."""

MORE_HEADER: Final = 26.0
"""Height of what stands above a table that goes on."""


@dataclass(frozen=True)
class Town:
    """A community as its sheets need it.

    Attributes
    ----------
    scope
        Of one community.
    picture
        Its figures.
    land
        Its shapes; None where nothing has a place.
    buildings
        Of its grids, see `geo.store.sheet_rows.buildings`.
    """

    scope: Scope
    picture: Picture
    land: Land | None
    buildings: pd.DataFrame

    @cached_property
    def counted(self) -> bool:
        """Whether any dwelling is on record."""
        return bool(self.buildings[list(HOUSEHOLD_STATES)].to_numpy().any())

    @cached_property
    def by_grid(self) -> dict[int, pd.DataFrame]:
        """The buildings of each grid."""
        ids = self.buildings["grid_id"].to_numpy(dtype=np.int64)
        return {int(grid): self.buildings[ids == grid] for grid in np.unique(ids)}

    def of(self, area: Area) -> pd.DataFrame:
        """Return the buildings of a grid."""
        return self.by_grid.get(area.id, self.buildings.iloc[:0])


def towns_of(order: Order) -> Iterator[Town]:
    """Read each community an order is about.

    Raises
    ------
    NotAllowedError
        If the viewer may not see where elderly people live.
    StoreError
        When the database does not answer.
    """
    for community in order.scope.shown:
        asked = replace(order.state, street=order.scope.street.code, community=community.code)
        scope = territory.resolve(asked)
        if scope is not None:
            picture = overview.picture(scope, order.state.period)
            yield Town(scope, picture, read_land(scope), sheets.buildings(scope))


def areas_of(town: Town, order: Order) -> tuple[Area, ...]:
    """Return the grids that are asked for: one, or all."""
    wanted = order.state.grid
    return tuple(area for area in town.picture.areas if wanted in (None, area.code))


# ------------------------------------------------------------------------------------- a page


@dataclass(frozen=True)
class Sheets:
    """Makes the sheets of a community.

    Attributes
    ----------
    town
        The community.
    order
        What is to be made.
    one_page
        Whether a sheet must not go on on a second page, as in a picture.
    """

    town: Town
    order: Order
    one_page: bool = False

    @property
    def form(self) -> Format:
        """The size of the page."""
        return self.order.form

    @cached_property
    def ground(self) -> Ground | None:
        """What the maps are drawn from."""
        if self.town.land is None:
            return None
        scope, picture = self.town.scope, self.town.picture
        plain = replace(self.order.state, mode="state", ind="households", grid=None, pick=None)
        asked = replace(plain, layers=("label",))
        state = picture_map.map_state(scope, picture, asked, None, {})
        return Ground(self.town.land, state, {area.id: area for area in picture.areas})

    def pages(self, area: Area) -> list[Page]:
        """Compose the sheet of a grid: its page, and those its table goes on on."""
        buildings = self.town.of(area)
        fewest = settings.briefings().briefing_fewest
        found = register(buildings, fewest, counted=self.town.counted)
        subject = Subject(self.town.picture, area, found, fewest)
        marks = dict(zip(buildings["building_id"].tolist(), found.numbers.marks, strict=True))
        drawn = (
            draw(self.ground, Own(area.id, area.label, marks), self.form) if self.ground else None
        )
        tables = pages_of(
            found, self._room(), room_of(self.form, self._taken()), one_page=self.one_page
        )
        heading = self._heading(area, drawn)
        first = {
            "kind": "sheet",
            "heading": heading,
            "verdict": verdict_of(subject),
            "staff": {"label": _("Who works here"), "roles": staff_of(area)},
            "cells": cells_of(subject),
            "map": drawn.map if drawn else nothing_to_draw(self.form),
            "legends": self._legends(subject, drawn),
            "table": tables[0],
        }
        more = [{"kind": "more", "heading": heading, "table": table} for table in tables[1:]]
        return [first, *more]

    def _room(self) -> Room:
        """Return the room of the table on a grid's page."""
        width, height = self.form.panel
        if self.form.arrange == "across":
            rows = -(-len(SHOWN) // CELL_COLUMNS)
            height -= (SAY_EM + rows * CELL_EM) * self.form.text + 2 * GAP_PT
        return Room(width, height, self.form.text)

    def _taken(self) -> float:
        """Return what heading and foot take of a further page."""
        return MORE_HEADER + self.form.footer + 2 * GAP_PT

    def _heading(self, area: Area, drawn: Drawn | None) -> Page:
        scope, picture = self.town.scope, self.town.picture
        place = clean(f"{scope.street.place} {scope.street.name} {place_of(scope)}")
        parts = [place, _("grid {code}", code=area.code), period_of(picture)]
        scale = drawn.scale if drawn else None
        said = facts_of(scope, self.order.made, scale if scale and scale <= SMALLEST else None)
        if scale and scale > SMALLEST:
            said.append(
                _(
                    "Scale 1:{n}: at 1:{least} the grid would not fit",
                    n=count(scale),
                    least=count(SMALLEST),
                )
            )
        return {"title": clean(area.label), "sub": parts, "facts": said}

    def _legends(self, subject: Subject, drawn: Drawn | None) -> list[Page]:
        if drawn is None or self.ground is None:
            return []
        return legends_of(subject, drawn.land, self.ground.state)


def bound(pages: list[Page], towns: Sequence[Town], order: Order, title: str) -> Page:
    """Wrap pages into the document that `sheets.typ` sets."""
    scope = towns[0].scope if len(towns) == 1 else order.scope
    schematic = any(town.land is not None and town.land.schematic for town in towns)
    footer = footer_of(scope, order.made, schematic=schematic)
    made = document(
        order.form, title, order.made, {"pages": pages, "legends": [], "footer": footer}
    )
    text = order.form.text
    sizes = {"cell": CELL_EM * text, "say": SAY_EM * text, "more_header": MORE_HEADER}
    return {**made, "form": {**made["form"], **sizes}}


# ------------------------------------------------------------------------------------- files


def each(order: Order) -> Iterator[tuple[str, bytes]]:
    """Make a PDF of each grid that is asked for: its name and content, one after the other.

    Raises
    ------
    InputError
        If there are no grids, or none with the code.
    NotAllowedError
        If the viewer may not see where elderly people live.
    """
    made = 0
    for town in towns_of(order):
        maker = Sheets(town, order)
        for area in areas_of(town, order):
            page = bound(maker.pages(area), [town], order, _sheet_title(town, area))
            made += 1
            yield f"{area.code} {area.name}".strip() + ".pdf", _set(page, order, "pdf")
    if not made:
        raise _nothing(order)


def _body(order: Order) -> bytes:
    if order.ending == "zip":
        return packed(each(order), order.made.at)
    if order.ending == "png" and order.state.grid is None:
        raise InputError(N_("A picture is of one grid. Choose one, or take the PDF."))
    return _set(document_of(order), order, order.ending)


def document_of(order: Order) -> Page:
    """Compose the sheets of every grid that is asked for, one after the other.

    Raises
    ------
    InputError
        If there are no grids, or none with the code.
    """
    towns, pages = [], []
    for town in towns_of(order):
        maker = Sheets(town, order, one_page=order.ending == "png")
        found = [page for area in areas_of(town, order) for page in maker.pages(area)]
        if found:
            towns.append(town)
            pages.extend(found)
    if not pages:
        raise _nothing(order)
    return bound(pages, towns, order, _file_title(order))


def _nothing(order: Order) -> InputError:
    place, code = place_of(order.scope), order.state.grid
    if code is None:
        return InputError(
            N_("{place} has no plan in force: draw and publish one first."), place=place
        )
    return InputError(N_("There is no grid {code} in {place}."), code=code[:40], place=place)


def _set(page: Page, order: Order, ending: Ending) -> bytes:
    return press(page, order.made.at, ending, order.form.ppi, template="sheets")


def _sheet_title(town: Town, area: Area) -> str:
    return _("{place}: sheet of grid {grid}", place=place_of(town.scope), grid=clean(area.label))


def _file_title(order: Order) -> str:
    code = order.state.grid
    if code is None:
        return _("{place} grid sheets", place=place_of(order.scope))
    return _("{place} sheet of grid {grid}", place=place_of(order.scope), grid=code[-3:])


KIND: Final = Kind(
    N_("Grid sheets"),
    SHEET_FORMATS,
    ("pdf", "png", "zip"),
    _body,
    _file_title,
    roles=sheets.READERS,
    each=each,
    stamp=lambda order: order.state.period,
)

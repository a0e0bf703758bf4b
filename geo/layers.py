"""The layers registry: what the map can show, from which zoom, with which fields, to whom.

Tiles, legends, *identify* and permissions all derive from `LAYERS`; adding a layer is one entry
here and one ``geo/store/sql/layers/<key>.sql``. The statement of a layer yields ``id``, ``geom``,
``shape`` (what areas and lines are drawn as), ``anchor`` (the point that decides which tile owns
the feature), ``community_id`` (what a viewer's divisions are compared with), the columns its
filters compare, and its fields. A statement of counts yields ``cell`` instead of the geometry.

Zooms are *tile* zooms of 512-pixel tiles; the map's display zoom is one more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from geo.errors import N_, NotAllowedError, RequestError
from geo.schema import CARE_CLASSES, FACILITY_KINDS, TICKET_SIGNS

ROLES: Mapping[str, str] = MappingProxyType(
    {"leader": N_("Street leader"), "staff": N_("Community staff"), "wall": N_("Wall screen")}
)
EVERYBODY = frozenset(ROLES)
PEOPLE_READERS = frozenset({"leader", "staff"})
"""Roles that may see where individual people in need of care or party households are."""

PLANNERS = frozenset({"leader", "staff"})
"""Roles that may draw grids and publish plans."""

MAX_ZOOM = 22
"""The deepest tile address answered."""

POINT_LEAD = 0.3
"""How much before a whole display zoom the map goes one tile zoom deeper for layers with `Cells`:
a community that just fills a small screen shows its points and not their sums (``sources.js``)."""

CELL_RESOLUTION: Mapping[int, int] = MappingProxyType({9: 6, 10: 7, 11: 8, 12: 8, 13: 9, 14: 10})
"""H3 resolution by tile zoom: cells of about 20 to 50 pixels at Chinese latitudes."""

CELL_RESOLUTIONS = tuple(sorted(set(CELL_RESOLUTION.values())))
TICKET_BIN_RESOLUTIONS = CELL_RESOLUTIONS[:-1]
"""Resolutions kept in ``ticket_bin``; the finest is counted from the tickets themselves."""

FIRST_CELL_ZOOM = min(CELL_RESOLUTION)
LAST_CELL_ZOOM = max(CELL_RESOLUTION)


@dataclass(frozen=True)
class Filter:
    """A query parameter that narrows a layer.

    Attributes
    ----------
    key
        Name in the address.
    kind
        ``id`` one number, ``ids`` several, ``day`` an ISO date, ``words`` some of `words`,
        ``codes`` short codes kept in the database.
    words
        The allowed values of kind ``words``.
    """

    key: str
    kind: str
    words: frozenset[str] = frozenset()


FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        one.key: one
        for one in (
            Filter("community", "ids"),
            Filter("plan", "id"),
            Filter("from", "day"),
            Filter("to", "day"),
            Filter("sign", "words", frozenset(TICKET_SIGNS)),
            Filter("class", "codes"),
            Filter("care", "words", frozenset({*CARE_CLASSES, "none"})),
            Filter("kind", "words", frozenset(FACILITY_KINDS)),
        )
    }
)
"""``from`` and ``to`` are half-open days in Asia/Shanghai: ``from`` is in, ``to`` is not."""


@dataclass(frozen=True)
class Cells:
    """How a point layer is counted in H3 cells at small scales.

    Attributes
    ----------
    sql
        Statements below ``sql/layers``; what they count is added up.
    sums
        Fields of the tile: columns that are added up. The first, ``n``, says whether there is
        anything.
    min_zoom, max_zoom
        Tile zooms, both included.
    subjects
        Tables it reads.
    filters
        As `Layer.filters`.
    """

    sql: tuple[str, ...]
    sums: tuple[str, ...]
    min_zoom: int
    max_zoom: int
    subjects: tuple[str, ...]
    filters: Mapping[str, str | None]


@dataclass(frozen=True)
class Layer:
    """One layer of the map.

    Attributes
    ----------
    key
        Name in addresses, and of the layer in the tile.
    label
        Message id for switches and legends.
    geometry
        ``point``, ``polygon`` or ``mixed``.
    min_zoom, max_zoom
        Tile zooms at which single features are shown, both included.
    fields
        Properties in the tile, in the order of the statement. Never personal.
    subjects
        Tables whose change makes the layer's tiles stale.
    filters
        Filter key to the column it is compared with; None where the statement binds it itself.
    priority
        Order in which a click asks: the lower the sooner. Points are before areas.
    switch
        Whether the map's layer menu offers it.
    owned
        Whether a feature belongs to one tile (that of its anchor) and is marked elsewhere.
    clipped
        Whether areas are cut at the tile's edge; small ones are cheaper whole.
    by_cells
        Whether its statement finds points by the H3 cells around rather than by their geometry.
    cells
        How it is counted below `min_zoom`.
    roles
        Who may see it.
    """

    key: str
    label: str
    geometry: str
    min_zoom: int
    fields: tuple[str, ...]
    subjects: tuple[str, ...]
    filters: Mapping[str, str | None]
    priority: int
    max_zoom: int = MAX_ZOOM
    switch: bool = True
    owned: bool = True
    clipped: bool = True
    by_cells: bool = False
    cells: tuple[Cells, ...] = ()
    roles: frozenset[str] = field(default=EVERYBODY)

    def cells_at(self, zoom: int) -> Cells | None:
        """Return how the layer is counted at a tile zoom, None where it is not."""
        return next((c for c in self.cells if c.min_zoom <= zoom <= c.max_zoom), None)

    def shows_features_at(self, zoom: int) -> bool:
        """Tell whether single features are shown at a tile zoom."""
        return self.min_zoom <= zoom <= self.max_zoom

    def subjects_at(self, zoom: int) -> tuple[str, ...]:
        """Return the tables its tiles depend on at a tile zoom."""
        cells = self.cells_at(zoom)
        return cells.subjects if cells else self.subjects


_BY_COMMUNITY = {"community": "community_id"}
_TICKET_FILTERS: dict[str, str | None] = {
    **_BY_COMMUNITY,
    "from": None,
    "to": None,
    "sign": "sign",
    "class": "class",
}
_TICKET_SUMS = ("n", "open", "overdue", "closed")
_ELDERLY_FILTERS: dict[str, str | None] = {**_BY_COMMUNITY, "care": None}

_ENTRIES = (
    Layer(
        "community",
        N_("Communities"),
        "polygon",
        0,
        ("code", "name"),
        ("division",),
        _BY_COMMUNITY,
        priority=90,
    ),
    Layer(
        "sub_district",
        N_("Sub-districts"),
        "polygon",
        12,
        ("name",),
        ("division",),
        _BY_COMMUNITY,
        priority=80,
    ),
    Layer(
        "grid",
        N_("Grids"),
        "polygon",
        9,
        ("code", "name", "community"),
        ("grid", "plan"),
        {**_BY_COMMUNITY, "plan": None},
        priority=50,
    ),
    Layer(
        "ground",
        N_("Ground"),
        "mixed",
        11,
        ("kind", "name"),
        ("ground",),
        _BY_COMMUNITY,
        priority=99,
        switch=False,
        owned=False,
    ),
    Layer(
        "building",
        N_("Buildings"),
        "polygon",
        14,
        ("compound", "no", "use", "storeys", "hh", "dom", "p60", "grid"),
        ("building", "building_summary", "plan", "plan_assignment"),
        {**_BY_COMMUNITY, "plan": None},
        priority=40,
        clipped=False,
    ),
    Layer(
        "unit",
        N_("Units"),
        "point",
        15,
        ("no", "building"),
        ("unit", "building"),
        _BY_COMMUNITY,
        priority=30,
    ),
    Layer(
        "ticket",
        N_("Tickets"),
        "point",
        15,
        ("sign", "class"),
        ("ticket", "division"),
        _TICKET_FILTERS,
        priority=10,
        by_cells=True,
        cells=(
            Cells(
                ("ticket_cells_months", "ticket_cells_days"),
                _TICKET_SUMS,
                FIRST_CELL_ZOOM,
                LAST_CELL_ZOOM - 1,
                ("ticket", "ticket_bin", "division"),
                _TICKET_FILTERS,
            ),
            Cells(
                ("ticket_cells_near",),
                _TICKET_SUMS,
                LAST_CELL_ZOOM,
                LAST_CELL_ZOOM,
                ("ticket", "division"),
                _TICKET_FILTERS,
            ),
        ),
    ),
    Layer(
        "elderly",
        N_("Elderly people"),
        "point",
        15,
        ("n", "care", "alone", "building", "unit"),
        ("unit_summary",),
        _ELDERLY_FILTERS,
        priority=12,
        cells=(
            Cells(
                ("elderly_cells",),
                ("n", "high_risk", "key", "alone"),
                FIRST_CELL_ZOOM,
                LAST_CELL_ZOOM,
                ("building_bin",),
                _ELDERLY_FILTERS,
            ),
        ),
        roles=PEOPLE_READERS,
    ),
    Layer(
        "party_household",
        N_("Party households"),
        "point",
        15,
        ("n", "linked", "building", "unit"),
        ("unit_summary",),
        _BY_COMMUNITY,
        priority=14,
        cells=(
            Cells(
                ("party_household_cells",),
                ("n",),
                FIRST_CELL_ZOOM,
                LAST_CELL_ZOOM,
                ("building_bin",),
                _BY_COMMUNITY,
            ),
        ),
        roles=PEOPLE_READERS,
    ),
    Layer(
        "facility",
        N_("Facilities"),
        "point",
        13,
        ("kind", "name"),
        ("facility",),
        {**_BY_COMMUNITY, "kind": "kind"},
        priority=20,
    ),
)

LAYERS: Mapping[str, Layer] = MappingProxyType({entry.key: entry for entry in _ENTRIES})


def choose(keys: str, role: str) -> tuple[Layer, ...]:
    """Read the comma-joined layer keys of an address.

    Returns
    -------
    tuple of Layer
        In the order of the registry, so that ``a,b`` and ``b,a`` are one tile.

    Raises
    ------
    RequestError
        If a key is unknown, empty or said twice.
    NotAllowedError
        If the role may not see one of them.
    """
    named = keys.split(",")
    for key in named:
        if key not in LAYERS:
            raise RequestError(N_("There is no map layer called “{name}”."), name=key[:40])
    if len(set(named)) != len(named):
        raise RequestError(N_("A map layer was asked for twice."))
    for key in named:
        if role not in LAYERS[key].roles:
            raise NotAllowedError(N_("You may not see the layer “{name}”."), name=LAYERS[key].label)
    return tuple(layer for layer in LAYERS.values() if layer.key in named)


FilterValue = int | date | tuple[int, ...] | tuple[str, ...]
Filters = Mapping[str, FilterValue]

_MAX_LISTED = 500
_MAX_ID = 2**63 - 1
_CODE = re.compile(r"[0-9A-Za-z_.\-]{1,32}")


def read_filters(parameters: Mapping[str, str]) -> Filters:
    """Read the query parameters of an address; an empty value is no filter.

    Raises
    ------
    RequestError
        If a parameter is unknown or its value makes no sense.
    """
    for key in parameters:
        if key not in FILTERS:
            raise RequestError(N_("There is no filter called “{name}”."), name=key[:40])
    values = {key: _read(FILTERS[key], text) for key, text in parameters.items() if text}
    first, last = values.get("from"), values.get("to")
    if isinstance(first, date) and isinstance(last, date) and first > last:
        raise RequestError(
            N_("The period ends ({last}) before it begins ({first})."),
            first=first.isoformat(),
            last=last.isoformat(),
        )
    return values


def _read(wanted: Filter, text: str) -> FilterValue:
    try:
        return _READERS[wanted.kind](wanted, text)
    except ValueError as error:
        raise RequestError(
            N_("The filter “{name}” cannot be “{value}”."), name=wanted.key, value=text[:40]
        ) from error


def _one_id(_wanted: Filter, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _MAX_ID):
        raise ValueError(text)
    return int(text)


def _several(text: str) -> list[str]:
    items = sorted(set(text.split(",")))
    if len(items) > _MAX_LISTED:
        raise ValueError(text)
    return items


def _ids(wanted: Filter, text: str) -> tuple[int, ...]:
    return tuple(sorted(_one_id(wanted, item) for item in _several(text)))


def _day(_wanted: Filter, text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text or not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise ValueError(text)
    return day


def _words(wanted: Filter, text: str) -> tuple[str, ...]:
    items = _several(text)
    if not wanted.words.issuperset(items):
        raise ValueError(text)
    return tuple(items)


def _codes(_wanted: Filter, text: str) -> tuple[str, ...]:
    items = _several(text)
    if not all(_CODE.fullmatch(item) for item in items):
        raise ValueError(text)
    return tuple(items)


_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_READERS: Mapping[str, Callable[[Filter, str], FilterValue]] = MappingProxyType(
    {"id": _one_id, "ids": _ids, "day": _day, "words": _words, "codes": _codes}
)

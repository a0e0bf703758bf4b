"""The map on a page: one constant folium map whose state is pushed into it.

streamlit-folium mounts a component again whenever the generated JavaScript of the map changes, and
a new component forgets its view. So the map itself never changes: it holds our script
(``static/map``), and every rerun hands it a new state through a feature group.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final, Literal, get_args

import folium
import numpy as np
import streamlit as st
import streamlit_folium
from folium.elements import JSCSSMixin
from folium.template import Template
from streamlit import runtime
from streamlit_folium import st_folium

from dashboard import theme
from geo import settings, words
from geo.errors import N_
from geo.schema import FACILITY_KINDS
from geo.words import _

BuildingMode = Literal["indicator", "state", "storeys", "plain"]
GestureKind = Literal["polygon", "rectangle", "lasso", "click", "line"]
GestureMode = Literal["set", "add", "remove"]
Tool = Literal["click", "lasso", "polygon", "rectangle", "line", "pan"]
Tone = Literal["", "good", "warn", "bad", "muted"]
Swatch = Literal[
    "fill",
    "hatched_fill",
    "hatch",
    "circle",
    "ring",
    "triangle",
    "square",
    "diamond",
    "house",
    "line",
    "trace",
    "icon",
]

STOREY_BREAKS: Final = (4, 7, 12, 19)
"""Lowest storeys of the second to the fifth storey class; the sequential ramp colours them."""

_START: Final = (31.2, 121.47)
_START_ZOOM: Final = 11
_ZOOM_STEP: Final = 0.5
_ZOOM_SNAP: Final = 0.05
_WHEEL_PX_PER_ZOOM: Final = 110
_LAST_CLICK: Final = "last_clicked"
_GESTURE: Final = "gesture"
_TOOL_CHANGE: Final = "tool_change"
_MARK_CHARACTERS: Final = 3
_TRACE_POINTS: Final = 2
_DIGITS: Final = 7
_STEP_DIGITS: Final = 12
_RING_POINTS: Final = 3
_MOST_LON: Final = 180.0
_MOST_LAT: Final = 90.0


@dataclass(frozen=True)
class LegendRow:
    """One mark of a legend.

    Attributes
    ----------
    swatch
        ``fill``, ``hatched_fill`` and ``hatch`` are areas; ``circle``, ``ring``, ``triangle``,
        ``square``, ``diamond`` and ``house`` point symbols; ``line`` a border, dashed; ``trace`` a
        solid line; ``icon`` a facility.
    color
        Empty: the colour that belongs to the icon or the hatch.
    icon
        Facility kind, for ``icon``.
    count
        Shown at the right, already formatted; None leaves the place empty.
    """

    swatch: Swatch
    text: str
    color: str = ""
    icon: str = ""
    count: str | None = None


@dataclass(frozen=True)
class Legend:
    """A titled part of the legend card."""

    title: str
    rows: Sequence[LegendRow]
    subtitle: str = ""


@dataclass(frozen=True)
class Choropleth:
    """Class of each grid, and the colour of each class.

    Attributes
    ----------
    classes
        Grid id to an index into `colors`; None (or no entry) is hatched: nothing can be said.
    """

    classes: Mapping[int, int | None]
    colors: Sequence[str]


@dataclass(frozen=True)
class BuildingClasses:
    """Class of each building, and the colour of each class.

    Nothing is painted of it at display zooms up to 14, where tiles hold no buildings yet.

    Attributes
    ----------
    classes
        Building id to an index into `colors`; None is hatched: nothing can be said. A building
        without an entry keeps the neutral colour: the question does not concern it.

    Raises
    ------
    ValueError
        If a class has no colour.
    """

    classes: Mapping[int, int | None]
    colors: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse what the map could not paint."""
        known = {None, *range(len(self.colors))}
        if not known.issuperset(self.classes.values()):
            msg = f"a class beyond the {len(self.colors)} colours"
            raise ValueError(msg)


@dataclass(frozen=True)
class Mark:
    """A round mark of the page's own, such as the third stop of a round; never left out.

    Attributes
    ----------
    lon, lat
        Degrees, WGS84.
    text
        Three characters at most; none makes it a dot.
    tone
        Its colour, see `tone_color`.
    title
        Shown on hovering; lines after the first are less prominent.

    Raises
    ------
    ValueError
        If the text is longer, or the tone is none.
    """

    lon: float
    lat: float
    text: str = ""
    tone: Tone = ""
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse what the map could not paint."""
        _check_tone(self.tone)
        if len(self.text) > _MARK_CHARACTERS:
            msg = f"{self.text!r} does not fit on a mark"
            raise ValueError(msg)


@dataclass(frozen=True)
class Trace:
    """A line of the page's own, such as a way walked, above buildings and below marks.

    Attributes
    ----------
    line
        At least two places (lon, lat) in degrees, WGS84, from the start to the end.
    dashed
        Not for certain; only a solid line shows its direction.

    Raises
    ------
    ValueError
        If there are fewer places, or the tone is none.
    """

    line: Sequence[tuple[float, float]]
    tone: Tone = ""
    dashed: bool = False

    def __post_init__(self) -> None:
        """Refuse what the map could not paint."""
        _check_tone(self.tone)
        if len(self.line) < _TRACE_POINTS:
            msg = "a line needs two places"
            raise ValueError(msg)


@dataclass(frozen=True)
class Lattice:
    """Equal parallelograms in columns and rows, such as the squares of a metric grid.

    Over a few kilometres a metric grid is one in degrees to within centimetres, and each square
    costs two small numbers instead of four corners.

    Attributes
    ----------
    lon0, lat0
        Corner of column 0 and row 0 nearest to its neighbours before it; degrees, WGS84.
    d_lon_per_col, d_lat_per_col, d_lon_per_row, d_lat_per_row
        Degrees from one column to the next, and from one row to the next.
    columns, rows
        Whole numbers, shape (n,): column and row of each parallelogram.

    Raises
    ------
    ValueError
        If there are not as many columns as rows.
    """

    lon0: float
    lat0: float
    d_lon_per_col: float
    d_lat_per_col: float
    d_lon_per_row: float
    d_lat_per_row: float
    columns: Sequence[int]
    rows: Sequence[int]

    def __post_init__(self) -> None:
        """Refuse what has no shape."""
        if len(self.columns) != len(self.rows):
            msg = f"{len(self.columns)} columns but {len(self.rows)} rows"
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Areas of the page's own, such as squares of a hot spot analysis; below points and labels.

    Buildings and ground below them are plain, whatever the state says of those.

    Attributes
    ----------
    rings
        One closed ring of (lon, lat) in degrees each, its first point not repeated.
    lattice
        Instead of `rings`: many squares of one size take a tenth of the room.
    classes
        Of each area: an index into `colors`; None is hatched: nothing can be said.
    colors
        An empty one is not filled (tested, and nothing found): a faint line is all there is.
    tips
        Title and text on hovering, of each area, or none at all.
    hatched
        Of each colour, or none at all: hatched as well, so that it also differs in print.
    chosen
        Index of the area that is outlined.
    opacity
        Of the fills, 0..1.

    Raises
    ------
    ValueError
        If there are both rings and a lattice or neither, if the lengths differ, a class has no
        colour, or a ring has less than three points.
    """

    classes: Sequence[int | None]
    colors: Sequence[str]
    rings: Sequence[Sequence[tuple[float, float]]] = ()
    lattice: Lattice | None = None
    tips: Sequence[tuple[str, str]] = ()
    hatched: Sequence[bool] = ()
    chosen: int | None = None
    opacity: float = 0.78

    def __post_init__(self) -> None:
        """Refuse what the map could not paint."""
        trouble = self._lengths() or self._values()
        if trouble:
            raise ValueError(trouble)

    def _lengths(self) -> str:
        if self.lattice is not None and self.rings:
            return "rings or a lattice, not both"
        areas = len(self.rings) if self.lattice is None else len(self.lattice.columns)
        if len(self.classes) != areas:
            return f"{len(self.classes)} classes for {areas} areas"
        if len(self.tips) not in (0, areas):
            return f"{len(self.tips)} tips for {areas} areas"
        if len(self.hatched) not in (0, len(self.colors)):
            return f"{len(self.hatched)} hatches for {len(self.colors)} colours"
        return ""

    def _values(self) -> str:
        if not {None, *range(len(self.colors))}.issuperset(self.classes):
            return f"a class beyond the {len(self.colors)} colours"
        if self.chosen is not None and not 0 <= self.chosen < len(self.classes):
            return f"no area {self.chosen} to choose"
        if any(len(ring) < _RING_POINTS for ring in self.rings):
            return "a ring needs three points"
        return ""


@dataclass(frozen=True)
class Disc:
    """A circle on the ground, such as a cluster of a scan: its outline, and a mark in the middle.

    Attributes
    ----------
    lon, lat
        Its centre in degrees, WGS84.
    radius_m
        Metres, above 0.
    text, tone, title
        Of the mark, see `Mark`; the outline has the tone too. Without a text and a title there is
        no mark.
    chosen
        Whether it is outlined like a chosen grid.

    Raises
    ------
    ValueError
        If the mark cannot be painted, or there is no radius.
    """

    lon: float
    lat: float
    radius_m: float
    text: str = ""
    tone: Tone = ""
    title: str = ""
    chosen: bool = False

    def __post_init__(self) -> None:
        """Refuse what the map could not paint."""
        Mark(self.lon, self.lat, self.text, self.tone, self.title)
        if not self.radius_m > 0:
            msg = "a disc needs a radius"
            raise ValueError(msg)


def _check_tone(tone: str) -> None:
    if tone not in get_args(Tone):
        msg = f"{tone!r} is no tone"
        raise ValueError(msg)


def tone_color(tone: Tone) -> str:
    """Return the colour of a tone in the reader's theme, for legends."""
    color: str = _own_colors()[theme.mode()]["tones"][tone or "plain"]
    return color


def mark_colors() -> dict[str, Any]:
    """Return the colours a legend's marks need besides their own, in the reader's theme."""
    own, data = _own_colors()[theme.mode()], theme.palette()
    names = ("ground", "inside", "halo", "icon", "unknown", "quiet")
    return {name: own[name] for name in names} | {"facilities": dict(data.facilities)}


@dataclass(frozen=True)
class Focus:
    """What is chosen: a grid and a building by id, a point as (lon, lat) degrees."""

    grid: int | None = None
    building: int | None = None
    point: tuple[float, float] | None = None


@dataclass(frozen=True)
class Look:
    """A box to zoom to: west, south, east, north in degrees; another `id` is another wish."""

    id: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class MapState:
    """Everything the map shows, apart from where it looks.

    Attributes
    ----------
    community
        Key of what is looked at; a change makes the map fit `bounds_lon_lat` again.
    community_name
        Its name; the map leaves it out where it names the neighbours.
    bounds_lon_lat
        West, south, east, north in degrees.
    boundary_urls, grids_urls
        GeoJSON of the boundaries and the grids shown; several for a whole street.
    plan
        Plan the buildings' grids are read from; None is the published one.
    version
        Data version, part of every tile address.
    layers
        Keys of `geo.layers` that are switched on besides grids and buildings.
    building_classes
        Buildings by a class of their own: it wins over `building_mode`, and points on top do not
        push it back. With a `choropleth` as well, that one only tints the ground.
    marks
        The first one lies on top.
    traces
        Lines, the last one on top.
    cells
        Areas of the page's own; they win over `choropleth`, `building_classes` and
        `building_mode`.
    discs
        Circles; the first one's mark lies on top, below all `marks`.
    labels
        Whether grids and buildings carry labels.
    grid_labels, grid_tips
        By grid id: one or two lines on the map (code and name, value); title and text on hovering.
    filters
        Tile parameters of the point layers: ``from``, ``to``, ``sign``, ``class``, ``care``,
        ``kind``.
    class_names
        Ticket class code to its name, for hovering.
    attribution
        Whom the data is from, plain text, small in the corner.
    look
        A place to zoom to, once.
    wall
        Whether it hangs on a wall: larger symbols and text, no controls, no view in the address.
    draft
        A draft to draw on (``DraftState`` in ``types.js``); the map then has drawing tools.
    """

    community: str
    bounds_lon_lat: tuple[float, float, float, float]
    boundary_urls: Sequence[str]
    grids_urls: Sequence[str]
    version: str
    community_name: str = ""
    plan: int | None = None
    layers: Sequence[str] = ()
    labels: bool = True
    building_mode: BuildingMode = "indicator"
    choropleth: Choropleth | None = None
    building_classes: BuildingClasses | None = None
    marks: Sequence[Mark] = ()
    traces: Sequence[Trace] = ()
    cells: Cells | None = None
    discs: Sequence[Disc] = ()
    grid_labels: Mapping[int, Sequence[str]] = field(default_factory=dict)
    grid_tips: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    focus: Focus = field(default_factory=Focus)
    filters: Mapping[str, str] = field(default_factory=dict)
    class_names: Mapping[str, str] = field(default_factory=dict)
    legends: Sequence[Legend] = ()
    attribution: str = ""
    draft: Mapping[str, Any] | None = None
    look: Look | None = None
    wall: bool = False


@dataclass(frozen=True)
class MapEvent:
    """A click on the map, in degrees, and the display zoom it was made at (None: not said)."""

    lon: float
    lat: float
    zoom: float | None = None


LonLat = tuple[float, float]
"""Degrees, with seven decimals at most."""


@dataclass(frozen=True)
class Gesture:
    """What a drawing tool did on the map.

    Attributes
    ----------
    ring
        Closed area of a polygon, rectangle or lasso, without its first point repeated. What lies
        inside is told by odd and even: a lasso may cross itself.
    line
        Of the tool that splits a grid.
    building, point
        Building under a click, as far as the map knows, and the place.
    mode
        Whether the selection becomes this, grows or shrinks by it; a click says which of the two
        it takes to toggle.
    """

    kind: GestureKind
    ring: tuple[LonLat, ...] | None = None
    line: tuple[LonLat, ...] | None = None
    building: int | None = None
    point: LonLat | None = None
    mode: GestureMode = "set"


@dataclass(frozen=True)
class ToolChange:
    """Another drawing tool, chosen on the map or by its key."""

    tool: Tool


Event = MapEvent | Gesture | ToolChange


def show(state: MapState, *, key: str, height_px: int = 600) -> Event | None:
    """Put the map on the page, or hand the one that is there a new state.

    Parameters
    ----------
    state
        What to show, in the language and theme of this run.
    key
        Name of this map on the page; its frame is ``.st-key-<key>_frame iframe`` in style sheets,
        which give it a height in viewport units.
    height_px
        Height where no style sheet says otherwise.

    Returns
    -------
    MapEvent, Gesture, ToolChange or None
        What caused this run, once; None in every other run. Gestures and tools only come where
        the state has a draft, and there a click is told only while no tool is in hand.
    """
    with st.container(key=f"{key}_frame"):
        answer = _mount(_push(state), key=key, height_px=height_px)
    return _next_event(answer, key)


def told(key: str) -> Event | None:
    """Return what the map of an earlier run has reported, once.

    A page that asks before it draws anything needs one run for a gesture; one that waits for the
    answer of `show` has to run again.
    """
    return _next_event(st.session_state.get(key) or {}, key)


def _mount(pushed: folium.FeatureGroup, *, key: str, height_px: int) -> Mapping[str, Any]:
    """Hand the shared map and the state to streamlit-folium.

    It renders into the map object, and hangs the feature group below it: one at a time, and the
    group is taken off again, else the next run would find it in the map's own script.
    """
    _announce_component()
    with _RENDERING:
        shared = _shared_map()
        try:
            answer = st_folium(
                shared,
                key=key,
                use_container_width=True,
                height=height_px,
                returned_objects=[_LAST_CLICK],
                feature_group_to_add=pushed,
            )
        finally:
            shared._children.pop(pushed.get_name(), None)  # noqa: SLF001 - folium offers no removal
    return answer or {}


def _announce_component() -> None:
    """Tell the runtime about streamlit-folium's frame.

    It does so itself only when a page imports it first; our server imports it before any page.
    """
    if runtime.exists():
        registry = runtime.get_instance().component_registry
        registry.register_component(streamlit_folium._component_func)  # noqa: SLF001 - no other name


_RENDERING = threading.Lock()


def _next_event(answer: Mapping[str, Any], key: str) -> Event | None:
    """Return one thing that is new; another one comes with the next run."""
    return _new_gesture(answer, key) or _new_tool(answer, key) or _new_click(answer, key)


def _news(answer: Mapping[str, Any], part: str, seen_key: str) -> Mapping[str, Any] | None:
    """Return a part of the answer, once: the component repeats its last one in every run."""
    told: Mapping[str, Any] | None = answer.get(part)
    if not told or told == st.session_state.get(seen_key):
        return None
    st.session_state[seen_key] = told
    return told


def _new_click(answer: Mapping[str, Any], key: str) -> MapEvent | None:
    click = _news(answer, _LAST_CLICK, f"{key}_seen")
    if click is None:
        return None
    zoom = click.get("zoom")
    return MapEvent(float(click["lng"]), float(click["lat"]), None if zoom is None else float(zoom))


def _new_gesture(answer: Mapping[str, Any], key: str) -> Gesture | None:
    """Return a gesture once; one that cannot be read is none, since anybody may send a value."""
    told = _news(answer, _GESTURE, f"{key}_gesture_seen")
    if told is None:
        return None
    kind: Any = told.get("kind")
    mode: Any = told.get("mode")
    building, point = told.get("building"), told.get("point")
    if kind not in get_args(GestureKind) or mode not in get_args(GestureMode):
        return None
    try:
        return Gesture(
            kind=kind,
            ring=_places(told.get("ring")),
            line=_places(told.get("line")),
            building=None if building is None else int(building),
            point=None if point is None else _place(point),
            mode=mode,
        )
    except (TypeError, ValueError):
        return None


def _place(point: Sequence[float]) -> LonLat:
    """Read a place.

    Raises
    ------
    ValueError
        If the numbers are no place on earth.
    """
    lon, lat = (float(value) for value in point)
    if not (abs(lon) <= _MOST_LON and abs(lat) <= _MOST_LAT):
        msg = "no place on earth"
        raise ValueError(msg)
    return lon, lat


def _places(points: Sequence[Sequence[float]] | None) -> tuple[LonLat, ...] | None:
    return None if points is None else tuple(_place(point) for point in points)


def _new_tool(answer: Mapping[str, Any], key: str) -> ToolChange | None:
    told = _news(answer, _TOOL_CHANGE, f"{key}_tool_seen")
    tool: Any = told.get("tool") if told else None
    return ToolChange(tool) if tool in get_args(Tool) else None


# ------------------------------------------------------------------------------ the folium side


class _BareMap(folium.Map):
    """A folium map that loads Leaflet from us and nothing else."""

    def __init__(self, location: tuple[float, float], **options: Any) -> None:
        super().__init__(location, **options)
        self.default_js = [("leaflet", "/vendor/leaflet/dist/leaflet.js")]
        self.default_css = [("leaflet_css", "/vendor/leaflet/dist/leaflet.css")]


class _Atlas(JSCSSMixin, folium.MacroElement):
    """Starts our script on the map."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "wangge.init({{ this._parent.get_name() }}, {{ this.config | safe }});"
        "{% endmacro %}"
    )

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Atlas"
        self.default_js = [("wangge", "/assets/map/wangge.js")]
        self.default_css = [
            ("fonts", "/vendor/@fontsource-variable/noto-sans-sc/index.css"),
            ("wangge_css", "/assets/map/map.css"),
        ]
        self.config = _script_json(config)


class _Push(folium.MacroElement):
    """Hands a state to our script."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "window.wangge.apply({{ this.state | safe }});"
        "{% endmacro %}"
    )

    def __init__(self, state: Mapping[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Push"
        self.state = _script_json(state)


@cache
def _shared_map() -> folium.Map:
    """Build the one map all sessions share; building it takes longer than everything else here."""
    shared = _BareMap(
        _START,
        zoom_start=_START_ZOOM,
        tiles=None,
        zoom_control="topright",
        max_zoom=20,
        zoom_snap=_ZOOM_SNAP,
        zoom_delta=_ZOOM_STEP,
        wheel_px_per_zoom_level=_WHEEL_PX_PER_ZOOM,
        world_copy_jump=False,
    )
    _Atlas(_config()).add_to(shared)
    return shared


def _push(state: MapState) -> folium.FeatureGroup:
    group = folium.FeatureGroup(name="state", control=False)
    _Push(state_json(state)).add_to(group)
    return group


def _script_json(value: object) -> str:
    """Write JSON that may stand inside a script element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


# ------------------------------------------------------------------------- what the script is told


def _config() -> dict[str, Any]:
    """Return what never changes: colours of both themes and the base map."""
    chosen = settings.map_()
    basemap = {"url": chosen.basemap_url, "attribution": chosen.basemap_attribution}
    return {"palette": _palette(), "basemap": basemap if chosen.basemap_url else None}


def _palette() -> dict[str, Any]:
    """Join the map's own colours with the data colours it shares with the page."""
    own = _own_colors()
    return {
        "storeyBreaks": STOREY_BREAKS,
        **{mode: own[mode] | _data_colors(data) for mode, data in theme.PALETTES.items()},
    }


@cache
def _own_colors() -> dict[str, dict[str, Any]]:
    text = (files("dashboard") / "static/map/palette.json").read_text(encoding="utf-8")
    colors: dict[str, dict[str, Any]] = json.loads(text)
    return colors


def _data_colors(data: theme.Palette) -> dict[str, Any]:
    return {
        "sequential": data.sequential,
        "states": dict(data.states),
        "tickets": dict(data.tickets),
        "care": dict(data.care),
        "facilities": dict(data.facilities),
        "party": data.party,
    }


def state_json(state: MapState) -> dict[str, Any]:
    """Return the state as the script reads it (``types.js``).

    Returns
    -------
    dict
        Plain values only; ids of grids and buildings become strings, as JSON keys are.
    """
    return {
        "community": state.community,
        "communityName": state.community_name,
        "boundsLonLat": list(state.bounds_lon_lat),
        "boundaryUrls": list(state.boundary_urls),
        "gridsUrls": list(state.grids_urls),
        "plan": state.plan,
        "version": state.version,
        "layers": list(state.layers),
        "labels": state.labels,
        "buildingMode": state.building_mode,
        "choropleth": _classes_json(state.choropleth),
        "buildingClasses": _classes_json(state.building_classes),
        "marks": [asdict(mark) for mark in state.marks],
        "traces": [_trace_json(trace) for trace in state.traces],
        "cells": None if state.cells is None else _cells_json(state.cells),
        "discs": [asdict(disc) for disc in state.discs],
        "gridLabels": {str(grid): list(lines) for grid, lines in state.grid_labels.items()},
        "gridTips": {str(grid): list(lines) for grid, lines in state.grid_tips.items()},
        "focus": asdict(state.focus),
        "filters": {name: value for name, value in state.filters.items() if value},
        "legends": [asdict(legend) for legend in state.legends],
        "attribution": state.attribution,
        "draft": None if state.draft is None else dict(state.draft),
        "look": None if state.look is None else asdict(state.look),
        "wall": state.wall,
        "theme": theme.mode(),
        "words": _words() | {"classes": dict(state.class_names)},
    }


def _classes_json(painted: Choropleth | BuildingClasses | None) -> dict[str, Any] | None:
    if painted is None:
        return None
    classes = {str(key): index for key, index in painted.classes.items()}
    return {"classes": classes, "colors": list(painted.colors)}


def _trace_json(trace: Trace) -> dict[str, Any]:
    line = [[round(lon, _DIGITS), round(lat, _DIGITS)] for lon, lat in trace.line]
    return {"line": line, "tone": trace.tone, "dashed": trace.dashed}


def _cells_json(cells: Cells) -> dict[str, Any]:
    """Tell thousands of areas in small numbers: differences, and each text once."""
    texts = list(dict.fromkeys(chain.from_iterable(cells.tips)))
    place = {text: at for at, text in enumerate(texts)}
    return {
        "shape": _rings_json(cells.rings)
        if cells.lattice is None
        else _lattice_json(cells.lattice),
        "classes": list(cells.classes),
        "colors": list(cells.colors),
        "hatched": [bool(one) for one in cells.hatched],
        "texts": texts,
        "tips": [place[text] for text in chain.from_iterable(cells.tips)],
        "chosen": cells.chosen,
        "opacity": cells.opacity,
    }


def _lattice_json(lattice: Lattice) -> dict[str, Any]:
    along = (lattice.d_lon_per_col, lattice.d_lat_per_col)
    across = (lattice.d_lon_per_row, lattice.d_lat_per_row)
    affine = (lattice.lon0, lattice.lat0, *along, *across)
    return {
        "affine": [round(float(value), _STEP_DIGITS) for value in affine],
        "columns": _steps(np.asarray(lattice.columns, dtype=np.int64)),
        "rows": _steps(np.asarray(lattice.rows, dtype=np.int64)),
    }


def _rings_json(rings: Sequence[Sequence[tuple[float, float]]]) -> dict[str, Any]:
    points = np.array([*chain.from_iterable(rings)], dtype=np.float64).reshape(-1, 2)
    whole = np.rint(points * 10**_DIGITS).astype(np.int64)
    return {
        "digits": _DIGITS,
        "sizes": [len(ring) for ring in rings],
        "lon": _steps(whole[:, 0]),
        "lat": _steps(whole[:, 1]),
    }


def _steps(values: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    """Return the differences of neighbours, the first value itself in front."""
    steps: list[int] = np.diff(values, prepend=0).tolist()
    return steps


def _words() -> dict[str, Any]:
    """Return what the map itself says: tooltips and trouble."""
    return {
        "locale": "zh-CN" if words.language() == "zh" else "en",
        "map": _("Map"),
        "building": _("{compound} building {no}"),
        "buildingAlone": _("Building {no}"),
        "storeys": _("{n} storeys"),
        "households": _("{n} households"),
        "age60": _("{n} aged 60+"),
        "noHouseholds": _("No households"),
        "unit": _("Unit {no}"),
        **_point_words(),
        **_trouble_words(),
        **_draft_words(),
        "kinds": {kind: _(label) for kind, label in FACILITY_KINDS.items()},
    }


def _point_words() -> dict[str, str]:
    return {
        "ticket": _("{n} tickets"),
        "pending": _("Pending"),
        "active": _("In progress"),
        "overdue": _("Overdue"),
        "closed": _("Closed"),
        "void": _("Returned, unfounded or duplicate"),
        "open": _("Open"),
        "elderly": _("{n} elderly people"),
        "high_risk": _("High risk (weekly visit)"),
        "key": _("Key (monthly visit)"),
        "general": _("General (quarterly visit)"),
        "none": _("No care class"),
        "alone": _("Living alone"),
        "party_household": _("{n} party households"),
        "linked": _("{n} households linked"),
    }


def _trouble_words() -> dict[str, str]:
    return {
        "loading": _("Loading the map…"),
        "retrying": _("Map data cannot be reached. Trying again…"),
        "unavailable": _("This layer cannot be shown."),
        "noLibrary": _("The map's drawing library is missing. Run the set-up again."),
    }


def _draft_words() -> dict[str, Any]:
    """Return what is said while somebody draws."""
    return {
        "tools": _("Drawing tools"),
        "toolNames": {tool: _(label) for tool, (label, _hint) in _TOOLS.items()},
        "toolHints": {tool: _(hint) for tool, (_label, hint) in _TOOLS.items()},
        "grid": _("Grid {number}"),
        "lockedGrid": _("Grid {number}, locked"),
        "unassigned": _("In no grid"),
        "chosen": _("{buildings} buildings · {households} households chosen"),
        "adding": _("adding"),
        "removing": _("taking out"),
        "chosenBuildings": _("{buildings} buildings chosen"),
        "targetTotal": _("{target}: {before} → {after} households"),
        "targetBuildings": _("{target}: {before} → {after} buildings"),
        "partedTotal": _("{target}: {staying} + {leaving} households"),
        "partedBuildings": _("{target}: {staying} + {leaving} buildings"),
        "overBy": _("{n} too many"),
        "shortBy": _("{n} too few"),
        "withinNorm": _("within the norm"),
        "normRange": _("norm {range}"),
        "lockedOut": _("Locked, left out: {grids}"),
        "crossing": _("The outline crosses itself. Take corners back with Backspace."),
        "polygonHint": _("Double-click ends, Backspace takes a corner back, Esc gives up"),
        "lineHint": _("Draw across the grid; double-click ends"),
    }


_TOOLS: Final[Mapping[Tool, tuple[str, str]]] = {
    "click": (N_("Pick"), N_("Click buildings one by one")),
    "lasso": (N_("Lasso"), N_("Draw around buildings with the button held down")),
    "polygon": (N_("Polygon"), N_("Click corner after corner; double-click ends")),
    "rectangle": (N_("Box"), N_("Drag from corner to corner")),
    "line": (N_("Split"), N_("Draw a line across the target grid")),
    "pan": (N_("Hand"), N_("Move the map; with another tool hold the space bar")),
}
"""Name and explanation of the drawing tools."""

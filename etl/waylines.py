"""Lines one can walk along, out of the files they come in: OSM ``.pbf``, GraphML, any lines.

Nothing is joined or moved here; lines keep the coordinates of the file.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import pyproj
import shapely

from etl import readers
from geo.errors import N_, FileError

Shapes = npt.NDArray[Any]
Mask = npt.NDArray[np.bool_]

FORBIDDEN = frozenset(
    {
        *("motorway", "motorway_link", "construction", "proposed", "planned"),
        *("abandoned", "razed", "raceway", "busway", "bus_guideway", "escape"),
        *("rail", "railway", "subway", "light_rail", "tram", "monorail", "funicular", "ferry"),
    }
)
"""Kinds of ways nobody walks along, as OpenStreetMap and its tiles call them."""

FOR_CARS = frozenset({"trunk", "trunk_link"})
"""Kinds one walks along only where a pavement or the right of way on foot is on record."""

LARGEST_GRAPHML_B = 100_000_000
"""A larger GraphML is refused: XML is held in memory as a whole, at ten times its size."""

_KINDS = ("highway", "fclass", "kind_detail", "kind", "class", "type")
_CLOSED, _OPEN = ("private", "no"), ("yes", "designated", "permissive")
_NOT = ("", "no", "false", "0", "f")
_PAVEMENTS = ("sidewalk", "sidewalk:both", "sidewalk:left", "sidewalk:right")
_PAVED = ("yes", "both", "left", "right")  # not "separate": that pavement is a line of its own
_TAGS = ("foot", "access", "bridge", "tunnel", "layer", "motorroad", *_PAVEMENTS)
_TAG = re.compile(rf'"({"|".join(_TAGS)})"=>"([^"]*)"')
_LINES = (shapely.GeometryType.LINESTRING, shapely.GeometryType.MULTILINESTRING)
_RING = shapely.GeometryType.LINEARRING
_XML = "{http://graphml.graphdrawing.org/xmlns}"
_PER_LINE = ("lines", "kind", "level", "metres", "row")


@dataclass(frozen=True)
class Drawn:
    """Lines as they are in a file.

    Attributes
    ----------
    lines : array of (n,) LineString
    kind : array of (n,) str
        What the file calls each; empty where it says nothing.
    level : array of (n,) int
        Bridges above 0, tunnels below. Different levels cross without meeting.
    metres : array of (n,)
        Length as the file states it; NaN where it does not.
    row : array of (n,) int
        Which row of the file each is of; 1 is the first.
    crs
        What the file says its coordinates are in.
    read, forbidden
        Rows of the file, and those of them nobody walks along.
    """

    lines: Shapes
    kind: npt.NDArray[np.object_]
    level: npt.NDArray[np.int64]
    metres: npt.NDArray[np.float64]
    row: npt.NDArray[np.int64]
    crs: pyproj.CRS | None
    read: int
    forbidden: int

    def only(self, chosen: Mask) -> Drawn:
        """Keep some lines."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        kept = {name: values[name][chosen] for name in _PER_LINE}
        return Drawn(**{**values, **kept})


def read_lines(path: Path, layer: str | None = None) -> Drawn:
    """Read the ways of a file one can walk along.

    Parameters
    ----------
    path
        OpenStreetMap ``.pbf``, ``.graphml`` as OSMnx writes it, or ``.geojson``, ``.gpkg`` or
        ``.shp`` with lines.
    layer
        Which layer of a GeoPackage, where there are several.

    Raises
    ------
    FileError
        If the file cannot be read or does not hold lines.
    """
    ending = path.suffix.lower()
    if ending in (".pbf", ".osm"):
        return _read_osm(path)
    if ending == ".graphml":
        return _read_graphml(path)
    return _read_sheet(path, layer)


# ------------------------------------------------------------------------------- lines and tags


def _read_osm(path: Path) -> Drawn:
    readers.check_file(path)
    asked = {"layer": "lines", "columns": ["highway", "other_tags"]}
    _meta, _fid, wkb, (highway, other) = readers.tell(
        path.name, lambda: pyogrio.raw.read(path, where="highway IS NOT NULL", **asked)
    )
    tags = [dict(_TAG.findall(text or "")) for text in other]
    frame = pd.DataFrame(tags, columns=list(_TAGS), dtype=object).assign(highway=highway)
    return _walkable(frame, shapely.from_wkb(wkb), pyproj.CRS.from_epsg(4326))


def _read_sheet(path: Path, layer: str | None) -> Drawn:
    sheet = readers.read(path, layer=layer)
    if sheet.geometry is None:
        raise FileError(N_("{file} has no shapes."), file=path.name)
    _refuse_others(path, layer, sheet.geometry)
    return _walkable(sheet.frame, sheet.geometry, sheet.crs)


def _walkable(frame: pd.DataFrame, shapes: Shapes, system: pyproj.CRS | None) -> Drawn:
    frame = frame.rename(columns=lambda name: str(name).lower().removeprefix("is_"))
    kind = _kind(frame)
    allowed = _allowed(frame, kind)
    chosen = np.flatnonzero(allowed & ~shapely.is_missing(shapes))
    lines, at = shapely.get_parts(shapes[chosen], return_index=True)
    row = chosen[at]
    return Drawn(
        lines=lines,
        kind=kind[row],
        level=_level(frame)[row],
        metres=np.full(len(row), np.nan),
        row=row + 1,
        crs=system,
        read=len(shapes),
        forbidden=int((~allowed).sum()),
    )


def _refuse_others(path: Path, layer: str | None, shapes: Shapes) -> None:
    known = np.isin(shapely.get_type_id(shapes), (*_LINES, _RING))
    others = shapes[~known & ~shapely.is_missing(shapes)]
    if not len(others):
        return
    found = {"file": path.name, "n": len(others), "what": str(others[0].geom_type)}
    if path.suffix.lower() != ".gpkg":
        raise FileError(
            N_("{file} has {n} shapes that are no lines ({what}); ways to walk are lines."), **found
        )
    layers = readers.tell(path.name, lambda: pyogrio.list_layers(path))
    lines = [str(name) for name, kind in layers if "LineString" in str(kind)]
    raise FileError(
        N_(
            "Layer {layer} of {file} has {n} shapes that are no lines ({what}); ways to walk are "
            "lines. Layers of lines in it: {layers}. Say which one with --layer."
        ),
        layer=layer or str(layers[0, 0]),
        layers=", ".join(lines) or "–",
        **found,
    )


def _kind(frame: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return what each row is called by the first column that says it."""
    kind = pd.Series("", index=frame.index, dtype=object)
    for name in _KINDS:
        if name in frame:
            kind = kind.where(kind != "", frame[name].astype(object).fillna(""))
    return kind.to_numpy(dtype=object)


def _allowed(frame: pd.DataFrame, kind: npt.NDArray[np.object_]) -> Mask:
    foot, access = _said(frame, "foot"), _said(frame, "access")
    closed = access.isin(_CLOSED) & ~foot.isin(_OPEN)
    no_way = (
        frame["highway"].isna() if "highway" in frame else pd.Series(data=False, index=foot.index)
    )
    called = pd.Series(kind, index=foot.index)
    for_cars = called.isin(FOR_CARS) | ~_said(frame, "motorroad").isin(_NOT)
    for_cars &= ~(foot.isin(_OPEN) | _paved(frame))
    return ~(closed | (foot == "no") | called.isin(FORBIDDEN) | for_cars | no_way).to_numpy(bool)


def _paved(frame: pd.DataFrame) -> pd.Series:
    """Tell where a pavement is on record."""
    sides = [_said(frame, name).isin(_PAVED) for name in _PAVEMENTS]
    return pd.concat(sides, axis=1).any(axis=1)


def _level(frame: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return the height of each row: its layer, else 1 for a bridge and -1 for a tunnel."""
    layer = pd.to_numeric(_said(frame, "layer"), errors="coerce").to_numpy(dtype=np.float64)
    bridge, tunnel = (~_said(frame, name).isin(_NOT).to_numpy() for name in ("bridge", "tunnel"))
    guess = bridge.astype(np.int64) - (tunnel & ~bridge)
    told = np.isfinite(layer) & (layer != 0)
    return np.where(told & (bridge | tunnel), np.where(told, layer, 0), guess).astype(np.int64)


def _said(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[name].astype(object).fillna("").astype(str).str.strip().str.lower()


# ------------------------------------------------------------------------------------- GraphML


def _read_graphml(path: Path) -> Drawn:
    """Read a graph as OSMnx writes it; both directions of a way are one line.

    Whoever made the graph chose the ways and joined what meets, so nothing is left out, and lines
    that cross pass over each other: each has a level of its own.
    """
    readers.check_file(path)
    _refuse_large(path)
    raw = path.read_bytes()
    _refuse_doctype(path, raw)
    tree = ET.fromstring(raw)  # noqa: S314 - a file with a DOCTYPE, so with entities, is refused
    names = {key.get("id", ""): key.get("attr.name", "") for key in tree.iter(f"{_XML}key")}
    graph = tree.find(f"{_XML}graph")
    if graph is None:
        raise FileError(N_("{file} is no GraphML: it holds no graph."), file=path.name)
    nodes = {
        node.get("id", ""): _place(path, _data(node, names)) for node in graph.iter(f"{_XML}node")
    }
    edges = _edges(path, graph.iter(f"{_XML}edge"), names, nodes)
    stated = _data(graph, names).get("crs")
    return Drawn(
        lines=np.array([*edges["line"], None], dtype=object)[:-1],
        kind=edges["kind"].to_numpy(dtype=object),
        level=np.arange(1, len(edges) + 1),
        metres=edges["metres"].to_numpy(dtype=np.float64),
        row=edges["row"].to_numpy(dtype=np.int64),
        crs=readers.crs_of(stated),
        read=len(edges),
        forbidden=0,
    )


def _refuse_large(path: Path) -> None:
    size = path.stat().st_size
    if size > LARGEST_GRAPHML_B:
        raise FileError(
            N_(
                "{file} has {size} MB; GraphML is read up to {limit} MB. Cut it to the street and "
                "its surroundings, or save its edges as a GeoPackage."
            ),
            file=path.name,
            size=f"{size / 1e6:,.0f}",
            limit=f"{LARGEST_GRAPHML_B / 1e6:,.0f}",
        )


def _refuse_doctype(path: Path, raw: bytes) -> None:
    """Read the XML once without doing anything, to see that it is whole and declares nothing."""
    parser = expat.ParserCreate()

    def refuse(*_declared: object) -> None:
        raise FileError(
            N_("{file} has a DOCTYPE; for safety such files are not read. Remove it."),
            file=path.name,
        )

    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(raw, True)  # noqa: FBT003 - positional only
    except expat.ExpatError as error:
        raise FileError(
            N_("{file} cannot be read; it may be damaged or half-written: {reason}."),
            file=path.name,
            reason=str(error),
        ) from error


def _data(element: ET.Element, names: Mapping[str, str]) -> dict[str, str]:
    return {
        names.get(item.get("key", ""), ""): item.text or ""
        for item in element.findall(f"{_XML}data")
    }


def _place(path: Path, data: Mapping[str, str]) -> tuple[float, float]:
    try:
        return float(data["x"]), float(data["y"])
    except (KeyError, ValueError):
        raise FileError(
            N_("{file}: a node has no x and y; OSMnx writes both."), file=path.name
        ) from None


def _edges(
    path: Path,
    found: Iterable[ET.Element],
    names: Mapping[str, str],
    nodes: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """Return line, kind, metres and row of each edge, one for both directions."""
    rows = []
    for edge in found:
        data = _data(edge, names)
        ends = edge.get("source", ""), edge.get("target", "")
        if not nodes.keys() >= set(ends):
            raise FileError(
                N_("{file}: an edge leads to a node that is not there."), file=path.name
            )
        drawn = shapely.from_wkt(data.get("geometry"), on_invalid="ignore")
        line = drawn or shapely.LineString([nodes[end] for end in ends])
        word = re.search(r"\w+", data.get("highway", ""))
        rows.append((*sorted(ends), line, word.group() if word else "", data.get("length")))
    frame = pd.DataFrame(rows, columns=["low", "high", "line", "kind", "metres"])
    frame["metres"] = pd.to_numeric(frame["metres"], errors="coerce")
    shape = shapely.to_wkb(shapely.normalize(frame["line"].to_numpy(dtype=object)))
    once = ~frame.assign(shape=shape).duplicated(["low", "high", "shape"])
    if not once.any():
        raise FileError(N_("{file} has no rows."), file=path.name)
    return frame.assign(row=frame.index + 1)[once].reset_index(drop=True)

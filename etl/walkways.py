"""The walking network of a street: from a file of lines, or from the roads on its map.

A street has one network at most; a new one takes the place of the old, in one transaction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa
from scipy.spatial import cKDTree
from sqlalchemy import select

from etl import checks
from etl.context import Options
from etl.waylines import Drawn, read_lines
from geo import crs
from geo.errors import N_, FileError, InputError
from geo.network import WalkNetwork, build
from geo.noding import Report
from geo.store import intake
from geo.store.tables import ground, walk_edge, walk_network, walk_node
from geo.store.writes import copy_frame
from geo.words import _

Shapes = npt.NDArray[Any]
Rows = npt.NDArray[np.int64]

TOLERANCE_M = 1.0
MARGIN_M = 1500.0
"""How far beyond its street a network goes: who lives at the border walks out of the street."""

GAPS_KEPT = 200
_GROUND_KINDS = ("road_main", "road_minor", "lane")
_ROWS_TOLD = 10
_EARTH_KM = 6371.0088
_FARTHEST_DEG = (180, 90, 180, 90)
_MOST_PARTS = np.iinfo(np.int16).max


@dataclass(frozen=True)
class Imported:
    """What became of the lines.

    Attributes
    ----------
    name
        The file's name; empty for the roads on the map.
    read, forbidden, outside, used
        Rows read and those of them nobody walks along; lines that lie elsewhere, and the rest.
    report
        What was joined and what does not hang together.
    communities
        Ids of the communities whose figures are stale now.
    refused : array of (k,) int
        Rows left out because a coordinate is infinite or no number; 1 is the first row.
    """

    name: str
    read: int
    forbidden: int
    outside: int
    used: int
    report: Report
    communities: list[int] = field(default_factory=list)
    refused: Rows = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def counts(self) -> dict[str, int]:
        """Return the counts of a table, by message id."""
        made = self.report
        return {
            N_("Rows"): self.read,
            N_("Not walkable"): self.forbidden,
            N_("Refused"): len(self.refused),
            N_("Outside"): self.outside,
            N_("Lines used"): self.used,
            N_("Nodes"): made.nodes,
            N_("Edges"): made.edges,
        }

    def notes(self) -> list[str]:
        """Say what was mended and what looks broken, in the language spoken."""
        made = self.report
        mended = _(
            "Joined within {tolerance} m: {ends} ends, {junctions} ends on a line, {crossings} "
            "crossings without a node; {duplicates} lay there twice.",
            tolerance=f"{made.tolerance_m:g}",
            ends=made.ends_joined,
            junctions=made.junctions,
            crossings=made.crossings,
            duplicates=made.duplicates,
        )
        parts = _(
            "{km} km of ways in {parts} parts; the largest has {share} of them.",
            km=f"{made.length_m / 1000:.1f}",
            parts=made.parts,
            share=f"{made.largest_share:.1%}",
        )
        gaps = made.gaps
        broken = _(
            "{gaps} of {dead} dead ends come close to a way they do not lead to; behind {apart} "
            "of them lies another part.",
            gaps=len(gaps.metres),
            dead=made.dead_ends,
            apart=int(gaps.apart.sum()),
        )
        return [*self._left_out(), mended, parts, broken]

    def _left_out(self) -> list[str]:
        if not len(self.refused):
            return []
        rows = [str(row) for row in self.refused[:_ROWS_TOLD]]
        return [
            _(
                "{n} rows were left out because a coordinate is infinite or no number: {rows}.",
                n=len(self.refused),
                rows=", ".join(rows) + " …" * (len(self.refused) > _ROWS_TOLD),
            )
        ]


@dataclass(frozen=True)
class _Street:
    """A street, its communities, its ground in metres and the CRS of those."""

    id: int
    name: str
    communities: list[int]
    extent: Any
    plane: pyproj.CRS


def import_walkways(
    connection: sa.Connection, path: Path, options: Options, tolerance_m: float = TOLERANCE_M
) -> Imported:
    """Make a street's walking network of a file.

    Parameters
    ----------
    connection
        In a transaction.
    path
        See `etl.waylines.read_lines`.
    options
        With the street's code.
    tolerance_m
        Ends closer than this are joined.

    Raises
    ------
    FileError, CrsError
        If the file cannot be read, holds no ways, or is of somewhere else.
    InputError
        If there is no such street, or nobody knows where it is.
    """
    intake.lock(connection)
    street = _street(connection, options.street)
    with np.errstate(invalid="ignore"):  # lines with NaN are told of below
        drawn = read_lines(path, options.layer)
    if not len(drawn.lines):
        raise FileError(N_("{file} has no line one could walk along."), file=path.name)
    drawn, refused = _whole(path, drawn)
    stored = _stored(path, drawn, options.crs)
    lines = _metric(stored, street.plane)
    near = _near(path, lines, stored, street)
    made = _Made.of(drawn.only(near), lines[near], tolerance_m)
    used = int(near.sum())
    batch = intake.add_batch(
        connection,
        kind="walkways",
        **options.provenance(path, drawn.crs),
        attribution=options.attribution,
        rows_read=drawn.read,
        rows_added=drawn.read - drawn.forbidden - len(refused),
        rows_changed=0,
        rows_unchanged=0,
        rows_rejected=drawn.forbidden + len(refused),
    )
    intake.add_rejections(connection, batch, _rejections(refused))
    found = Imported(
        path.name,
        drawn.read,
        drawn.forbidden,
        len(lines) - used,
        used,
        made.report,
        street.communities,
        refused,
    )
    _store(connection, street, made, found, batch)
    return found


def from_ground(
    connection: sa.Connection, street_id: int, tolerance_m: float = TOLERANCE_M
) -> Imported | None:
    """Make a street's walking network of the roads and lanes on its map.

    Returns
    -------
    Imported, optional
        None where the map has no roads; a network that is there stays then.
    """
    intake.lock(connection)
    street = _street_of(intake.divisions(connection), street_id)
    asked = select(ground.c.kind, ground.c.geom).where(
        ground.c.community_id.in_(street.communities), ground.c.kind.in_(_GROUND_KINDS)
    )
    rows = intake.frame_of(connection, asked.order_by(ground.c.id))
    shapes: Any = rows["geom"].to_numpy(dtype=object).copy()
    shapes[shapely.get_dimensions(shapes) != 1] = None
    lines, at = shapely.get_parts(shapes, return_index=True)
    if not len(lines):
        return None
    drawn = Drawn(
        lines=lines,
        kind=rows["kind"].to_numpy(dtype=object)[at],
        level=np.zeros(len(lines), dtype=np.int64),
        metres=np.full(len(lines), np.nan),
        row=at + 1,
        crs=crs.STORED_CRS,
        read=len(rows),
        forbidden=0,
    )
    made = _Made.of(drawn, crs.to_metric(lines, street.plane), tolerance_m)
    found = Imported("", len(rows), 0, 0, len(lines), made.report, street.communities)
    _store(connection, street, made, found, None)
    return found


# ----------------------------------------------------------------------------------- the lines


def _whole(path: Path, drawn: Drawn) -> tuple[Drawn, Rows]:
    """Leave out rows with a coordinate that is infinite or no number, and tell which.

    Raises
    ------
    FileError
        If nothing is left.
    """
    xy, line = shapely.get_coordinates(drawn.lines, return_index=True)
    endless = ~np.isfinite(xy).all(axis=1)
    refused = np.unique(drawn.row[line[endless]])
    whole = ~np.isin(drawn.row, refused)
    if not whole.any():
        raise FileError(
            N_(
                "{file}: in all of its {n} ways a coordinate is infinite or no number. The file "
                "is damaged; save it again where it comes from."
            ),
            file=path.name,
            n=len(refused),
        )
    return drawn.only(whole), refused


def _rejections(refused: Rows) -> pd.DataFrame:
    reason = _("a coordinate is infinite or no number")
    return pd.DataFrame({"row": refused, "column": "geometry", "value": "", "reason": reason})


def _stored(path: Path, drawn: Drawn, said: str | None) -> Shapes:
    """Bring lines to EPSG:4326; one that is no place on earth becomes None.

    Raises
    ------
    FileError
        If none is.
    """
    system = checks.choose_crs(said, drawn.crs, drawn.lines)
    stored = crs.bring_to_stored(drawn.lines, system)
    stored[~(np.abs(shapely.bounds(stored)) <= _FARTHEST_DEG).all(axis=1)] = None
    if shapely.is_missing(stored).all():
        raise FileError(
            N_(
                "None of the {n} ways of {file} is a place on earth if its coordinates are in "
                "{crs}. Most likely they are in another system; say which with --crs."
            ),
            n=len(stored),
            file=path.name,
            crs=system if isinstance(system, str) else system.name,
        )
    return stored


# ---------------------------------------------------------------------------------- the street


def street_id(connection: sa.Connection, code: str) -> int:
    """Return the id of the street with a code.

    Raises
    ------
    InputError
        If there is none.
    """
    known = intake.divisions(connection)
    found = known.loc[(known["code"] == code) & (known["kind"] == "street"), "id"]
    if not len(found):
        raise InputError(N_("There is no street {code}. Import its buildings first."), code=code)
    return int(found.iloc[0])


def _street(connection: sa.Connection, code: str) -> _Street:
    return _street_of(intake.divisions(connection), street_id(connection, code))


def _street_of(known: pd.DataFrame, one: int) -> _Street:
    own = known[(known["id"] == one) | (known["parent_id"] == one)]
    shapes = own["geom"].to_numpy(dtype=object)
    shapes = shapes[~shapely.is_missing(shapes)]
    row = known[known["id"] == one].iloc[0]
    if not len(shapes):
        raise InputError(
            N_("Nobody knows where street {name} is. Import its boundary or buildings first."),
            name=str(row["name"]),
        )
    west, south, east, north = shapely.total_bounds(shapes)
    plane = crs.metric_crs(float(west + east) / 2, float(south + north) / 2)
    extent = shapely.union_all(shapely.make_valid(crs.to_metric(shapes, plane)))
    communities = [int(item) for item in own.loc[own["kind"] == "community", "id"]]
    return _Street(one, str(row["name"]), communities, extent, plane)


def _metric(lines: Shapes, plane: pyproj.CRS) -> Shapes:
    """Project lines; one that is nowhere in that system becomes None."""
    moved = crs.to_metric(lines, plane)
    moved[~np.isfinite(shapely.bounds(moved)).all(axis=1)] = None
    return moved


def _near(path: Path, lines: Shapes, stored: Shapes, street: _Street) -> npt.NDArray[np.bool_]:
    """Tell which lines are in the street or not far from it."""
    shapely.prepare(street.extent)
    near = shapely.dwithin(street.extent, lines, MARGIN_M)
    if near.any():
        return np.asarray(near)
    raise FileError(
        N_(
            "{file} is of somewhere else: its nearest way is {km} km from street {name}. Most "
            "likely it is of another place, or its coordinates are in another system; say which "
            "with --crs."
        ),
        file=path.name,
        km=f"{_apart_km(stored, crs.to_stored(np.array([street.extent]), street.plane)):,.0f}",
        name=street.name,
    )


def _apart_km(lines: Shapes, others: Shapes) -> float:
    """Return how far vertices of shapes (EPSG:4326) are apart at least, on a round earth.

    No projection measures truly from one end of the world to the other.
    """
    tree = cKDTree(_on_sphere(others))
    chord, _nearest = tree.query(_on_sphere(lines))
    return 2 * _EARTH_KM * math.asin(min(float(chord.min()) / 2, 1.0))


def _on_sphere(shapes: Shapes) -> npt.NDArray[np.float64]:
    lon, lat = np.radians(shapely.get_coordinates(shapes)).T
    return np.column_stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


# ---------------------------------------------------------------------------------- the network


@dataclass(frozen=True)
class _Made:
    """A network with the kind of each edge."""

    network: WalkNetwork
    metres: npt.NDArray[np.float64]
    kind: npt.NDArray[np.object_]
    report: Report

    @classmethod
    def of(cls, drawn: Drawn, lines: Shapes, tolerance_m: float) -> _Made:
        """Build it; where the file states lengths, pieces of a line share its length."""
        network, source, report = build(lines, tolerance_m, drawn.level)
        stated = drawn.metres / shapely.length(lines)
        factor = np.where(np.isfinite(stated) & (stated > 0), stated, 1.0)
        return cls(network, network.metres * factor[source], drawn.kind[source], report)


def _store(
    connection: sa.Connection, street: _Street, made: _Made, found: Imported, batch: int | None
) -> None:
    connection.execute(sa.delete(walk_network).where(walk_network.c.street_id == street.id))
    added = connection.execute(
        sa.insert(walk_network)
        .values(
            street_id=street.id,
            name=found.name,
            tolerance_m=made.report.tolerance_m,
            report=_as_json(found, street.plane),
            batch_id=batch,
        )
        .returning(walk_network.c.id)
    )
    network_id = int(added.scalar_one())
    network = made.network
    nodes = pd.DataFrame(
        {
            "network_id": network_id,
            "node": np.arange(len(network.nodes)),
            "part": np.minimum(network.part, _MOST_PARTS),
            "geom": crs.to_stored(shapely.points(network.nodes), street.plane),
        }
    )
    edges = pd.DataFrame(
        {
            "network_id": network_id,
            "start_node": network.start,
            "end_node": network.end,
            "length_m": made.metres,
            "kind": made.kind,
            "geom": crs.to_stored(network.lines, street.plane),
        }
    )
    copy_frame(connection, walk_node, nodes)
    copy_frame(connection, walk_edge, edges)


def _as_json(found: Imported, plane: pyproj.CRS) -> dict[str, Any]:
    """Write the report with its narrowest gaps as longitude and latitude."""
    made = found.report
    facts = {name: value for name, value in vars(made).items() if name != "gaps"}
    shown = slice(0, GAPS_KEPT)
    places = crs.to_stored(shapely.points(made.gaps.xy[shown]), plane)
    lonlat = shapely.get_coordinates(places).round(6).tolist()
    widths, apart = made.gaps.metres[shown].tolist(), made.gaps.apart[shown].tolist()
    return {
        **facts,
        "read": found.read,
        "forbidden": found.forbidden,
        "refused": len(found.refused),
        "outside": found.outside,
        "used": found.used,
        "gap_count": len(made.gaps.metres),
        "gaps": [
            {"lon": lon, "lat": lat, "gap_m": round(width, 2), "apart": other}
            for (lon, lat), width, other in zip(lonlat, widths, apart, strict=True)
        ],
    }

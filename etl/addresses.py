"""Address points joined to buildings: the nearest building without an address gets one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from etl import checks
from etl.context import Options
from etl.kinds.buildings import address_of
from etl.readers import read
from etl.rows import Rows, open_rows
from etl.target import settle
from geo import crs
from geo.errors import N_, InputError
from geo.store import intake
from geo.store.tables import building

Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Joined:
    """What became of the address points.

    Attributes
    ----------
    points
        Points with an address.
    joined
        Buildings that got one.
    far
        Points no building is near enough to.
    """

    points: int
    joined: int
    far: int


def join_addresses(
    connection: sa.Connection, path: Path, options: Options, reach_m: float
) -> Joined:
    """Give buildings without an address that of the nearest address point.

    Parameters
    ----------
    connection
        In a transaction.
    path
        Points with an address, or with road and house number.
    options
        With the community's code.
    reach_m
        How far from its building a point may lie.

    Raises
    ------
    FileError
        If the file cannot be read.
    InputError
        If the community is unknown or not given.
    """
    rows = open_rows(
        read(path, encoding=options.encoding, layer=options.layer), "addresses", options.mapping
    )
    shapes = checks.shapes_of(rows, options.crs, required=True)
    places = checks.points(rows, shapes)
    community_id = settle(connection, options, places).community_id
    if community_id is None:
        raise InputError(N_("Say which community with --community."))
    address = address_of(rows)
    useful = (address != "").to_numpy() & ~shapely.is_missing(places)
    buildings = intake.buildings_of(connection, community_id)
    at, distance_m = nearest_building(places[useful], buildings["geom"].to_numpy(dtype=object))
    found = pd.DataFrame({"at": at, "far": distance_m, "address": address[useful].to_numpy()})
    near = found[found["far"] <= reach_m].sort_values("far", kind="stable").drop_duplicates("at")
    frame = pd.DataFrame(
        {"id": buildings["id"].to_numpy()[near["at"]], "address": near["address"].to_numpy()}
    )
    stored = buildings["address"].to_numpy()[near["at"]]
    joined = _write(connection, path, rows, options, frame, stored)
    return Joined(int(useful.sum()), joined, int((found["far"] > reach_m).sum()))


def _write(
    connection: sa.Connection,
    path: Path,
    rows: Rows,
    options: Options,
    frame: pd.DataFrame,
    stored: npt.NDArray[Any],
) -> int:
    """Write the addresses of buildings that have none, as a batch with the credits of both files.

    An address that is there from an earlier run stays, and gets the credit as well.
    """
    fresh, same = frame[stored == ""], frame[stored == frame["address"].to_numpy()]
    intake.add_attribution(connection, building, _among(same), options.attribution)
    earlier = intake.attributions(connection, building, _among(fresh))
    batch = intake.add_batch(
        connection,
        kind="buildings",
        **options.provenance(path, rows.sheet.crs),
        attribution=intake.join_attributions(earlier, options.attribution),
        rows_read=rows.size,
        rows_added=0,
        rows_changed=len(fresh),
        rows_unchanged=rows.size - len(fresh),
        rows_rejected=0,
    )
    return intake.update_frame(connection, building, fresh.assign(batch_id=batch))


def _among(frame: pd.DataFrame) -> sa.ColumnElement[bool]:
    ids = [int(one) for one in frame["id"]]
    return building.c.id == sa.any_(sa.cast(ids, ARRAY(sa.BigInteger)))


def nearest_building(
    places: Shapes, outlines: Shapes
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return each point's nearest outline and the distance in metres; inputs EPSG:4326.

    Raises
    ------
    InputError
        If there are no outlines.
    """
    if not len(outlines):
        raise InputError(N_("There are no buildings to join addresses to."))
    if not len(places):
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    west, south, east, north = shapely.total_bounds(outlines)
    plane = crs.metric_crs((west + east) / 2, (south + north) / 2)
    points, grounds = crs.to_metric(places, plane), crs.to_metric(outlines, plane)
    at = shapely.STRtree(grounds).nearest(points)
    return at.astype(np.int64), shapely.distance(points, grounds[at])

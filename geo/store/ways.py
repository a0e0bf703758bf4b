"""How one walks in a street: along its walking network, else as the crow flies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyproj
import shapely
import sqlalchemy as sa
from sqlalchemy import select

from geo import crs
from geo.network import StraightLine, WalkNetwork, Ways
from geo.norms import Norm
from geo.store.access import Viewer
from geo.store.arrays import read_shapes
from geo.store.queries import seen
from geo.store.tables import division, import_batch, walk_network


@dataclass(frozen=True)
class NetworkReport:
    """What is known of a street's walking network.

    Attributes
    ----------
    name
        What the network is called: the file it came from.
    imported_at
        When; None for one made with the demo.
    attribution
        What must be said where it is shown.
    report
        The counts of `geo.noding.Report`, and ``gaps``: the narrowest, each with lon, lat, gap_m.
    """

    name: str
    imported_at: datetime | None
    attribution: str
    report: Mapping[str, Any]


def read_ways(
    connection: sa.Connection, street_id: int, norms: Mapping[str, Norm], metres: pyproj.CRS
) -> Ways:
    """Return how one walks in a street; places are metres in the CRS given."""
    edges = read_shapes(connection, "compute/walk_edges", street_id=street_id)
    return _network(edges, metres) if len(edges) else StraightLine(norms["detour"].value)


def _network(edges: pd.DataFrame, metres: pyproj.CRS) -> WalkNetwork:
    lines = crs.to_metric(edges["geom"].to_numpy(dtype=object), metres)
    start, end = (edges[name].to_numpy(dtype=np.int64) for name in ("start_node", "end_node"))
    nodes = np.empty((int(max(start.max(), end.max())) + 1, 2))
    nodes[start] = shapely.get_coordinates(shapely.get_point(lines, 0))
    nodes[end] = shapely.get_coordinates(shapely.get_point(lines, -1))
    return WalkNetwork(nodes, start, end, edges["length_m"].to_numpy(dtype=np.float64), lines)


def read_report(connection: sa.Connection, viewer: Viewer, street_id: int) -> NetworkReport | None:
    """Return what is known of a street's walking network; None where there is none.

    Whoever may see a community of the street may see its ways.
    """
    own = sa.exists().where(division.c.parent_id == street_id, seen(viewer, division.c.id))
    found = connection.execute(
        select(
            walk_network.c.name,
            import_batch.c.imported_at,
            import_batch.c.attribution,
            walk_network.c.report,
        )
        .join(import_batch, import_batch.c.id == walk_network.c.batch_id, isouter=True)
        .where(walk_network.c.street_id == street_id, own)
    ).one_or_none()
    if found is None:
        return None
    return NetworkReport(found.name, found.imported_at, found.attribution or "", found.report)

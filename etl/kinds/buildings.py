"""Buildings: an outline, an id, and what the office knows of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl import checks
from etl.arrays import without
from etl.context import Context
from etl.rows import Rows
from geo.errors import N_

Shapes = npt.NDArray[Any]

STOREY_M = 3.0
"""Height of a storey where storeys are estimated from a height."""

KEPT_WHERE_EMPTY = (
    "compound",
    "number",
    "name",
    "address",
    "storeys",
    "built_year",
    "households",
    "sub_district_id",
)
"""An empty cell of these leaves what is stored."""

MAX_STOREYS = 200
MAX_HOUSEHOLDS = 5000
MAX_HEIGHT_M = 1000.0


def prepare(rows: Rows, shapes: Shapes, context: Context) -> pd.DataFrame:
    """Check the rows and return the good ones as the table wants them.

    Returns
    -------
    DataFrame
        Columns of ``building`` plus ``households`` (dwellings stated, NaN where not), one row
        per accepted row; index: position in the file.
    """
    outlines = checks.polygons(rows, shapes)
    anchors = without(outlines, rows.findings.refused)
    anchors = shapely.point_on_surface(anchors)
    areas = context.communities()
    area = checks.locate(anchors, areas)
    checks.refuse_outside(rows, anchors, area, areas)
    frame = _attributes(rows, context)
    frame["geom"], frame["anchor"] = outlines, anchors
    frame["community_id"] = np.where(area >= 0, areas.ids[area] if len(areas.ids) else 0, 0)
    frame["sub_district_id"] = _sub_districts(anchors, context)
    return frame[rows.findings.accepted]


def _attributes(rows: Rows, context: Context) -> pd.DataFrame:
    frame = pd.DataFrame({"external_id": rows.key()})
    for field in ("compound", "number", "name"):
        frame[field] = rows.text(field).fillna("")
    frame["address"] = address_of(rows)
    frame["use"] = rows.word("use", "use", None, message_id=N_("is not a known use of a building"))
    frame["storeys"] = _storeys(rows, estimate=context.options.storeys_from_height)
    frame["built_year"] = rows.number("built_year", 1000, context.options.now.year)
    frame["households"] = rows.number("households", 0, MAX_HOUSEHOLDS)
    return frame


def address_of(rows: Rows) -> pd.Series:
    """Return the address; without one, road and house number put together."""
    address = rows.text("address")
    if not (rows.has("street_name") and rows.has("house_number")):
        return address.fillna("")
    road, number = rows.raw("street_name"), rows.raw("house_number")
    numeric = number.str.fullmatch(r"\d+(-\d+)?", na=False)
    number = number.where(~numeric, number + "号")
    return address.fillna(road + number).fillna("").str.slice(0, 300)


def _storeys(rows: Rows, *, estimate: bool) -> npt.NDArray[np.float64]:
    """Return storeys as stated; estimated from the height only where that was asked for."""
    stated = rows.number("storeys", 1, MAX_STOREYS)
    if not estimate:
        return stated
    height_m = rows.number("height_m", 0.1, MAX_HEIGHT_M, whole=False, strict=False)
    guess = np.clip(np.round(height_m / STOREY_M), 1, MAX_STOREYS)
    return np.where(np.isnan(stated), guess, stated)


def _sub_districts(anchors: Shapes, context: Context) -> npt.NDArray[np.float64]:
    areas = context.areas("sub_district")
    found = checks.locate(anchors, areas)
    ids = areas.ids[found] if len(areas.ids) else np.zeros(len(found))
    return np.where(found >= 0, ids, np.nan)

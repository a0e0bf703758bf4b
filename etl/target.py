"""The street and community the rows belong to, drawn around them where there is no boundary."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from etl.context import Options, Target
from geo import crs
from geo.errors import N_, FileError
from geo.store import intake

Shapes = npt.NDArray[Any]

STREET_DIGITS, COMMUNITY_DIGITS = 9, 12

MARGIN_M = 30.0
CLOSING_M = 80.0
_HULL_RATIO = 0.25
_SIMPLE_M = 2.0
_MANY = 20_000


def settle(connection: sa.Connection, options: Options, shapes: Shapes) -> Target:
    """Find the street and community asked for; make them where that was asked for too.

    Parameters
    ----------
    connection
        In the transaction of the import.
    options
        What a person asked for.
    shapes
        The rows' shapes, EPSG:4326, None where missing or refused.

    Raises
    ------
    FileError
        If a code is malformed or unknown and is not to be made.
    """
    divisions = intake.divisions(connection)
    known = dict(zip(divisions["code"], divisions["id"].tolist(), strict=True))
    _check_codes(options)
    street = known.get(options.street or options.community[:STREET_DIGITS])
    community = known.get(options.community)
    if not options.street and not options.community:
        return Target()
    if street is None and (options.street or community is None):
        street = _make_street(connection, options)
    if options.community and community is None:
        community = _make_community(connection, options, street, shapes)
    return Target(street, community)


def _check_codes(options: Options) -> None:
    wrong = [
        code
        for code, digits in (
            (options.street, STREET_DIGITS),
            (options.community, COMMUNITY_DIGITS),
        )
        if code and not (code.isdecimal() and len(code) == digits)
    ]
    if wrong:
        raise FileError(
            N_("{code} is no code: a street has 9 digits, a community 12."), code=wrong[0]
        )
    if options.street and options.community and not options.community.startswith(options.street):
        raise FileError(
            N_(
                "Community {community} does not belong to street {street}: "
                "its code begins differently."
            ),
            community=options.community,
            street=options.street,
        )


def _make_street(connection: sa.Connection, options: Options) -> int:
    code = options.street or options.community[:STREET_DIGITS]
    if not (options.street_name or options.make_community):
        raise FileError(
            N_("There is no street {code}. Import its boundary, or name it with --street-name."),
            code=code,
        )
    return intake.add_division(
        connection,
        kind="street",
        code=code,
        name=options.street_name or code,
        place=options.place,
        schematic=True,
        source="import",
    )


def _make_community(
    connection: sa.Connection, options: Options, street_id: int | None, shapes: Shapes
) -> int:
    if not options.make_community:
        raise FileError(
            N_(
                "There is no community {code}. Import its boundary, or add --make-community to "
                "have one drawn around the rows."
            ),
            code=options.community,
        )
    present = shapes[~shapely.is_missing(shapes)]
    if not len(present):
        raise FileError(N_("No row has coordinates a boundary could be drawn around."))
    return intake.add_division(
        connection,
        kind="community",
        code=options.community,
        name=options.community_name or options.community,
        parent_id=street_id,
        geom=surround(present),
        schematic=True,
        source="import",
    )


def surround(shapes: Shapes) -> shapely.MultiPolygon:
    """Draw one polygon without holes around shapes, `MARGIN_M` metres away from them.

    Parameters
    ----------
    shapes
        Valid shapes, EPSG:4326, at least one.

    Returns
    -------
    MultiPolygon
        EPSG:4326, of one part; the hull of the shapes, hugging them where they are few.
    """
    corners = shapely.total_bounds(shapes)
    plane = crs.metric_crs(float(corners[[0, 2]].mean()), float(corners[[1, 3]].mean()))
    ground = shapely.union_all(_padded(crs.to_metric(shapes, plane)))
    closed = shapely.union(ground, shapely.buffer(shapely.buffer(ground, CLOSING_M), -CLOSING_M))
    if shapely.get_num_geometries(closed) > 1:
        closed = shapely.union(closed, shapely.concave_hull(closed, ratio=_HULL_RATIO))
    if shapely.get_num_geometries(closed) > 1:
        closed = shapely.convex_hull(closed)
    outline = shapely.polygons(shapely.get_exterior_ring(shapely.get_geometry(closed, 0)))
    simple = shapely.simplify(shapely.buffer(outline, 2 * _SIMPLE_M), _SIMPLE_M)
    stored = crs.to_stored(np.array([simple], dtype=object), plane)[0]
    return shapely.MultiPolygon([stored])


def _padded(shapes: Shapes) -> Shapes:
    """Give shapes their margin; of very many only the hull counts."""
    if len(shapes) > _MANY:
        shapes = np.array([shapely.convex_hull(shapely.union_all(shapes))], dtype=object)
    return np.asarray(shapely.buffer(shapes, MARGIN_M, quad_segs=4))

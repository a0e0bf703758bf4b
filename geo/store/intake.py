"""What the import asks of the database, and how it writes: gather, then apply.

Deciding what is new, changed or wrong happens between the two, in `etl`, on frames.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy import func, select

from geo.store.tables import (
    building,
    contact_link,
    data_change,
    division,
    grid,
    ground,
    household,
    import_batch,
    import_rejection,
    plan,
    plan_assignment,
    resident,
    ticket_category,
    visit,
)
from geo.store.writes import copy_frame

Ints = npt.NDArray[np.int64]
Shapes = npt.NDArray[Any]

SYNTHETIC_ROOM = "#"
"""First character of rooms made from a bare count; a register's rooms never start with it."""

_IMPORT_LOCK = 7_241_907


def lock(connection: sa.Connection) -> None:
    """Let imports wait for each other; the lock goes with the transaction."""
    connection.execute(select(func.pg_advisory_xact_lock(_IMPORT_LOCK)))


def frame_of(connection: sa.Connection, statement: sa.Select[Any]) -> pd.DataFrame:
    """Run a select; geometry columns arrive as shapely objects, EPSG:4326 (None where NULL)."""
    columns = list(statement.selected_columns)
    asked = statement.with_only_columns(*(_binary(column) for column in columns))
    rows = connection.execute(asked).all()
    names = [column.key for column in columns]
    cells = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pd.DataFrame(
        {
            column.key: _column(column.type, list(part))
            for column, part in zip(columns, cells, strict=True)
        },
        columns=pd.Index(names),
    )


def _binary(column: Any) -> Any:
    if isinstance(column.type, Geometry):
        return func.ST_AsBinary(column, type_=sa.LargeBinary).label(column.key)
    return column


def _column(kind: Any, values: list[Any]) -> Any:
    """Give a column its type; large whole numbers must not pass through floats."""
    if isinstance(kind, Geometry):
        raw = np.array([None, *(value and bytes(value) for value in values)], dtype=object)[1:]
        return np.asarray(shapely.from_wkb(raw), dtype=object)
    if isinstance(kind, sa.Integer):
        return pd.array(values, dtype="Int64" if None in values else "int64")
    if isinstance(kind, sa.Float):
        return pd.array(values, dtype="float64")
    if isinstance(kind, sa.DateTime):
        return pd.to_datetime(pd.Series(values, dtype=object), utc=True).astype(
            "datetime64[us, UTC]"
        )
    return pd.Series(values, dtype=object)


# -------------------------------------------------------------------------------------- gather


def divisions(connection: sa.Connection) -> pd.DataFrame:
    """Return every division: id, kind, code, name, parent_id, place, source, schematic, geom."""
    names = ("id", "kind", "code", "name", "parent_id", "place", "source", "schematic", "geom")
    return frame_of(connection, select(*(division.c[name] for name in names)))


def categories(connection: sa.Connection) -> pd.DataFrame:
    """Return the ticket categories: code, class_code, name."""
    columns = (ticket_category.c.code, ticket_category.c.class_code, ticket_category.c.name)
    return frame_of(connection, select(*columns).order_by(ticket_category.c.code))


def stored(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], source: str
) -> pd.DataFrame:
    """Return what one source has brought so far: id, external_id and `columns`."""
    names = dict.fromkeys(["id", "external_id", *columns])
    return frame_of(
        connection, select(*(table.c[name] for name in names)).where(table.c.source == source)
    )


def household_counts(connection: sa.Connection, source: str) -> pd.DataFrame:
    """Count the dwellings of one source's buildings.

    Returns
    -------
    DataFrame
        external_id, households (made from a count) and registered (all others).
    """
    made = household.c.room.startswith(SYNTHETIC_ROOM, autoescape=True)
    counts = (
        select(
            building.c.external_id,
            func.count().filter(made).label("households"),
            func.count().filter(~made).label("registered"),
        )
        .join(household, household.c.building_id == building.c.id)
        .where(building.c.source == source)
        .group_by(building.c.external_id)
    )
    return frame_of(connection, counts)


def building_ids(connection: sa.Connection, source: str) -> pd.DataFrame:
    """Return id and external_id of one source's buildings."""
    return stored(connection, building, (), source)


def buildings_of(connection: sa.Connection, community_id: int) -> pd.DataFrame:
    """Return a community's buildings in id order: id, geom, anchor, cell, address, storeys."""
    columns = ("id", "geom", "anchor", "cell", "address", "storeys")
    return frame_of(
        connection,
        select(*(building.c[name] for name in columns))
        .where(building.c.community_id == community_id)
        .order_by(building.c.id),
    )


def households_of(connection: sa.Connection, community_id: int) -> pd.DataFrame:
    """Count the households (shops apart) of a community's buildings: id, households."""
    counts = (
        select(building.c.id, func.count(household.c.id).label("households"))
        .join(
            household,
            (household.c.building_id == building.c.id) & (household.c.state != "shop"),
            isouter=True,
        )
        .where(building.c.community_id == community_id)
        .group_by(building.c.id)
        .order_by(building.c.id)
    )
    return frame_of(connection, counts)


def barriers_of(connection: sa.Connection, community_id: int) -> Shapes:
    """Return the main and minor roads cells should not cross."""
    found = frame_of(
        connection,
        select(ground.c.geom).where(
            ground.c.community_id == community_id, ground.c.kind.in_(("road_main", "road_minor"))
        ),
    )
    return np.asarray(found["geom"].to_numpy(), dtype=object)


def plans_of(connection: sa.Connection, community_id: int) -> pd.DataFrame:
    """Return a community's plans: id, name, state, source."""
    return frame_of(
        connection,
        select(plan.c.id, plan.c.name, plan.c.state, plan.c.source).where(
            plan.c.community_id == community_id
        ),
    )


def grids_of(connection: sa.Connection, plan_id: int) -> pd.DataFrame:
    """Return a plan's grids in code order: id, code, geom."""
    return frame_of(
        connection,
        select(grid.c.id, grid.c.code, grid.c.geom)
        .where(grid.c.plan_id == plan_id)
        .order_by(grid.c.code),
    )


def assignments_of(connection: sa.Connection, plan_id: int) -> pd.DataFrame:
    """Return a plan's assignments: building_id, grid_id."""
    columns = (plan_assignment.c.building_id, plan_assignment.c.grid_id)
    return frame_of(connection, select(*columns).where(plan_assignment.c.plan_id == plan_id))


def used_grid_codes(connection: sa.Connection, community_id: int) -> set[str]:
    """Return every grid code a community ever had, those of drafts as well.

    `geo.store.plan_state.used_codes` leaves out what drafts hold only for the time being; a file's
    codes are the office's own, and nobody can tell the two apart here.
    """
    asked = (
        select(grid.c.code)
        .join(plan, plan.c.id == grid.c.plan_id)
        .where(plan.c.community_id == community_id)
    )
    return set(connection.scalars(asked))


# --------------------------------------------------------------------------------------- apply


def add_batch(connection: sa.Connection, **facts: Any) -> int:
    """Record a file that went in, and return its number."""
    made = connection.execute(sa.insert(import_batch).values(**facts).returning(import_batch.c.id))
    return int(made.scalar_one())


def attributions(connection: sa.Connection, table: sa.Table, rows: sa.ColumnElement[bool]) -> str:
    """Return what the batches of some rows ask to be said where they are shown, one a line."""
    asked = select(import_batch.c.attribution).where(
        import_batch.c.attribution != "", _brought(table, rows)
    )
    return join_attributions(*connection.scalars(asked.order_by(import_batch.c.id)))


def join_attributions(*several: str) -> str:
    """Join attributions of one credit a line; no credit comes twice."""
    return "\n".join(dict.fromkeys(line for text in several for line in text.splitlines() if line))


def add_attribution(
    connection: sa.Connection, table: sa.Table, rows: sa.ColumnElement[bool], credit: str
) -> None:
    """Add a credit to the batches of rows that are there already.

    A row that does not change keeps its batch, so a credit that comes with a second import must
    reach the first. No map table is written then; the note makes readers look again.
    """
    if not credit:
        return
    own = import_batch.c.attribution
    lacks = sa.literal(credit) != sa.all_(func.string_to_array(own, "\n"))
    done = connection.execute(
        sa.update(import_batch)
        .where(lacks, _brought(table, rows))
        .values(attribution=func.ltrim(own + "\n" + credit, "\n"))
    )
    if done.rowcount:
        connection.execute(sa.insert(data_change).values(subject=import_batch.name))


def _brought(table: sa.Table, rows: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(table.c.batch_id == import_batch.c.id, rows)


def add_rejections(connection: sa.Connection, batch_id: int, refused: pd.DataFrame) -> None:
    """Record the refused rows of a batch: frame of row, column, value, reason."""
    copy_frame(
        connection,
        import_rejection,
        pd.DataFrame(
            {
                "batch_id": np.full(len(refused), batch_id, dtype=np.int64),
                "row_number": refused["row"].astype(np.int64),
                "column_name": refused["column"],
                "value": refused["value"],
                "reason": refused["reason"],
            }
        ),
    )


def add_division(connection: sa.Connection, **facts: Any) -> int:
    """Add one division and return its id; ``geom`` is a shapely multipolygon or None."""
    shape = facts.pop("geom", None)
    if shape is not None:
        facts["geom"] = func.ST_GeomFromWKB(shapely.to_wkb(shape), 4326)
    made = connection.execute(sa.insert(division).values(**facts).returning(division.c.id))
    return int(made.scalar_one())


def adopt_divisions(connection: sa.Connection, codes: Iterable[str], batch_id: int) -> None:
    """Note an import as the origin of divisions that have none: it says what is stored."""
    orphans = select(division.c.id).where(
        division.c.code.in_(list(codes)), division.c.batch_id.is_(None)
    )
    ids = np.array(connection.scalars(orphans).all(), dtype=np.int64)
    update_frame(connection, division, pd.DataFrame({"id": ids, "batch_id": batch_id}))


def add_plan(connection: sa.Connection, **facts: Any) -> int:
    """Add a plan and return its id."""
    made = connection.execute(sa.insert(plan).values(**facts).returning(plan.c.id))
    return int(made.scalar_one())


def retire_plan(connection: sa.Connection, plan_id: int, until: Any) -> None:
    """Retire a published plan; nothing of it is deleted."""
    connection.execute(
        sa.update(plan)
        .where(plan.c.id == plan_id)
        .values(
            state="retired",
            effective_to=func.greatest(plan.c.effective_from, sa.cast(until, sa.Date)),
        )
    )


def add_categories(connection: sa.Connection, frame: pd.DataFrame) -> None:
    """Add ticket categories."""
    copy_frame(connection, ticket_category, frame)


def update_frame(connection: sa.Connection, table: sa.Table, frame: pd.DataFrame) -> int:
    """Set columns of rows that exist, by ``id``; return how many rows were written.

    An empty frame writes nothing, so no data version moves.
    """
    if frame.empty:
        return 0
    incoming = _incoming(connection, table, [str(name) for name in frame])
    copy_frame(connection, incoming, frame)
    written = {str(name): incoming.c[str(name)] for name in frame if name != "id"}
    done = connection.execute(sa.update(table).values(written).where(table.c.id == incoming.c.id))
    connection.execute(sa.schema.DropTable(incoming))
    return int(done.rowcount)


def _incoming(connection: sa.Connection, table: sa.Table, names: Iterable[str]) -> sa.Table:
    """Make a temporary table with some of a table's columns and none of its rules."""
    made = sa.Table(
        f"incoming_{uuid.uuid4().hex[:8]}",
        sa.MetaData(),
        *(sa.Column(name, _plain_type(table.c[name].type)) for name in names),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    connection.execute(sa.schema.CreateTable(made))
    return made


def _plain_type(kind: Any) -> Any:
    if isinstance(kind, Geometry):
        return Geometry(kind.geometry_type, srid=kind.srid, spatial_index=False)
    return kind


def drop_households(connection: sa.Connection, building_id: Ints, keep: Ints) -> int:
    """Delete dwellings made from a count beyond the new count, unless something hangs on them.

    Parameters
    ----------
    building_id, keep
        Buildings, and how many made dwellings each keeps, shape (n,).
    """
    if not len(building_id):
        return 0
    wanted = sa.values(
        sa.column("building_id", sa.BigInteger), sa.column("keep", sa.Integer), name="wanted"
    ).data([(int(one), int(count)) for one, count in zip(building_id, keep, strict=True)])
    number = sa.cast(func.substr(household.c.room, len(SYNTHETIC_ROOM) + 1), sa.Integer)
    made = household.c.room.regexp_match(f"^{SYNTHETIC_ROOM}[0-9]+$")
    in_use = sa.or_(
        *(
            sa.exists().where(other.c.household_id == household.c.id)
            for other in (resident, visit, contact_link)
        )
    )
    doomed = sa.delete(household).where(
        household.c.building_id == wanted.c.building_id,
        sa.case((made, number > wanted.c.keep), else_=sa.false()),
        ~in_use,
    )
    return int(connection.execute(doomed).rowcount)

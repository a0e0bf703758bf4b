"""What the pages ask: territory, figures, norms, imports. Every read takes a `Viewer`.

Rows come back as plain mappings or tuples; nothing here is personal data. What is shown about one
clicked thing is in `geo.store.cards`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import pandas as pd
from geoalchemy2 import Geography
from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Select,
    Subquery,
    case,
    cast,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on

from geo.periods import ZONE, Period, local_day
from geo.schema import HOUSEHOLD_STATES, OPEN_TICKET_STATES
from geo.store import versions
from geo.store.access import Viewer
from geo.store.tables import (
    building,
    building_summary,
    division,
    facility,
    grid,
    grid_role,
    household,
    import_batch,
    import_rejection,
    indicator_value,
    norm,
    plan,
    plan_assignment,
    staff,
    ticket,
    ticket_category,
    visit,
)

Row = dict[str, Any]


def rows(connection: Connection, statement: Select[*tuple[Any, ...]]) -> list[Row]:
    """Run a statement and return its rows as dictionaries."""
    return [dict(row) for row in connection.execute(statement).mappings()]


def frame(connection: Connection, statement: Select[*tuple[Any, ...]]) -> pd.DataFrame:
    """Run a statement; the answer's rows as a frame, with its columns even where it has none."""
    found = connection.execute(statement)
    return pd.DataFrame(found.fetchall(), columns=list(found.keys()))


def first(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Row | None:
    """Run a statement and return its first row, or None."""
    found = connection.execute(statement).mappings().first()
    return dict(found) if found is not None else None


def seen(viewer: Viewer, community_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a division this viewer may see."""
    if viewer.divisions is None:
        return true()
    return community_id.in_(viewer.divisions)


# ------------------------------------------------------------------------------------ versions


def data_version(connection: Connection) -> str:
    """Return a word that changes whenever the data or the computed figures change.

    The same as the tiles' own, so that a browser may keep the tiles whose address names it.
    """
    return versions.data_version(connection)


# ----------------------------------------------------------------------------------- territory


def _box(shape: ColumnElement[Any]) -> list[ColumnElement[float]]:
    extent = func.ST_Extent(shape)
    return [
        func.ST_XMin(extent).label("west"),
        func.ST_YMin(extent).label("south"),
        func.ST_XMax(extent).label("east"),
        func.ST_YMax(extent).label("north"),
    ]


def streets(connection: Connection, viewer: Viewer) -> list[Row]:
    """Return the streets with at least one community the viewer may see, by code.

    Columns ``id code name place schematic as_of households``.
    """
    community = division.alias("community")
    counted = (
        select(func.coalesce(func.sum(building_summary.c.households), 0))
        .select_from(
            building_summary.join(building).join(
                community, community.c.id == building.c.community_id
            )
        )
        .where(community.c.parent_id == division.c.id, seen(viewer, community.c.id))
        .scalar_subquery()
    )
    has_community = (
        select(community.c.id)
        .where(community.c.parent_id == division.c.id, community.c.kind == "community")
        .where(seen(viewer, community.c.id))
        .exists()
    )
    return rows(
        connection,
        select(
            division.c.id,
            division.c.code,
            division.c.name,
            division.c.place,
            division.c.schematic,
            division.c.as_of,
            counted.label("households"),
        )
        .where(division.c.kind == "street", has_community)
        .order_by(division.c.code),
    )


def communities(connection: Connection, viewer: Viewer, street_id: int) -> list[Row]:
    """Return a street's communities with their published plan, by code.

    Columns ``id code name as_of schematic plan_id plan_name plan_from``; the plan's are null
    where no plan is published.
    """
    published = division.outerjoin(
        plan, (plan.c.community_id == division.c.id) & (plan.c.state == "published")
    )
    return rows(
        connection,
        select(
            division.c.id,
            division.c.code,
            division.c.name,
            division.c.as_of,
            division.c.schematic,
            plan.c.id.label("plan_id"),
            plan.c.name.label("plan_name"),
            plan.c.effective_from.label("plan_from"),
        )
        .select_from(published)
        .where(division.c.kind == "community", division.c.parent_id == street_id)
        .where(seen(viewer, division.c.id))
        .order_by(division.c.code),
    )


def bounds(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of some communities, degrees.

    Communities without a boundary are bounded by their buildings. None where there is nothing.
    """
    shapes = (
        select(division.c.geom)
        .where(division.c.id.in_(community_ids), seen(viewer, division.c.id))
        .where(division.c.geom.is_not(None))
        .union_all(
            select(building.c.anchor).where(
                building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id)
            )
        )
        .subquery()
    )
    found = connection.execute(select(*_box(shapes.c.geom))).one()
    west, south, east, north = (None if edge is None else float(edge) for edge in found)
    if west is None or south is None or east is None or north is None:
        return None
    return west, south, east, north


def attributions(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int], street_id: int
) -> list[str]:
    """Return what must be said where a street's communities are shown, each credit once, sorted.

    The credits of the imports that brought their buildings, tickets and boundaries, and the
    facilities and boundary of the street.
    """
    here = division.alias("here")
    street = select(here.c.parent_id).where(
        here.c.parent_id == street_id, here.c.id.in_(community_ids), seen(viewer, here.c.id)
    )
    batch = import_batch.c.id
    brought = [
        select(table.c.id)
        .where(table.c.batch_id == batch, table.c.community_id.in_(community_ids))
        .where(seen(viewer, table.c.community_id))
        for table in (building, ticket)
    ]
    brought += [
        select(facility.c.id).where(facility.c.batch_id == batch, facility.c.street_id.in_(street)),
        select(division.c.id).where(division.c.batch_id == batch, division.c.id.in_(street)),
        select(division.c.id)
        .where(division.c.batch_id == batch, division.c.id.in_(community_ids))
        .where(seen(viewer, division.c.id)),
        select(division.c.id)
        .where(division.c.batch_id == batch, division.c.parent_id.in_(community_ids))
        .where(seen(viewer, division.c.parent_id)),
    ]
    found = connection.scalars(
        select(import_batch.c.attribution)
        .where(import_batch.c.attribution != "", or_(*(part.exists() for part in brought)))
        .distinct()
    )
    return sorted({line for text in found for line in text.splitlines()})


def grids(connection: Connection, viewer: Viewer, plan_ids: Sequence[int]) -> list[Row]:
    """Return the grids of some plans, by code.

    Columns ``id code name plan_id community_id area_m2 buildings`` and ``lon lat`` of the label.
    """
    assigned = (
        select(func.count())
        .where(plan_assignment.c.grid_id == grid.c.id)
        .correlate(grid)
        .scalar_subquery()
    )
    return rows(
        connection,
        select(
            grid.c.id,
            grid.c.code,
            grid.c.name,
            grid.c.plan_id,
            plan.c.community_id,
            func.ST_Area(cast(grid.c.geom, Geography)).label("area_m2"),
            assigned.label("buildings"),
            func.ST_X(grid.c.label_point).label("lon"),
            func.ST_Y(grid.c.label_point).label("lat"),
        )
        .select_from(grid.join(plan, plan.c.id == grid.c.plan_id))
        .where(grid.c.plan_id.in_(plan_ids), seen(viewer, plan.c.community_id))
        .order_by(grid.c.code),
    )


def plan_terms(connection: Connection, viewer: Viewer, plan_ids: Sequence[int]) -> list[Row]:
    """Return some plans with when they were in force: ``id name effective_from effective_to``."""
    columns = (plan.c.id, plan.c.name, plan.c.effective_from, plan.c.effective_to)
    return rows(
        connection,
        select(*columns)
        .where(plan.c.id.in_(plan_ids), seen(viewer, plan.c.community_id))
        .order_by(plan.c.effective_from, plan.c.id),
    )


def grids_in_force() -> Subquery:
    """Return each building's grid under its community's published plan, to be joined.

    Columns ``building_id grid_id grid_code grid_name``.
    """
    source = plan_assignment.join(plan, plan.c.id == plan_assignment.c.plan_id).join(
        grid, grid.c.id == plan_assignment.c.grid_id
    )
    return (
        select(
            plan_assignment.c.building_id,
            grid.c.id.label("grid_id"),
            grid.c.code.label("grid_code"),
            grid.c.name.label("grid_name"),
        )
        .select_from(source)
        .where(plan.c.state == "published")
        .subquery("in_force")
    )


def grid_states(connection: Connection, viewer: Viewer, plan_ids: Sequence[int]) -> list[Row]:
    """Return the dwellings of each grid by state: ``grid_id`` and one column per state."""
    joined = plan_assignment.join(building, building.c.id == plan_assignment.c.building_id).join(
        building_summary, building_summary.c.building_id == building.c.id
    )
    return rows(
        connection,
        select(plan_assignment.c.grid_id, *_state_sums())
        .select_from(joined)
        .where(plan_assignment.c.plan_id.in_(plan_ids), seen(viewer, building.c.community_id))
        .group_by(plan_assignment.c.grid_id),
    )


def _state_sums() -> list[ColumnElement[int]]:
    return [
        func.coalesce(func.sum(building_summary.c[f"state_{state}"]), 0).label(state)
        for state in HOUSEHOLD_STATES
    ]


def community_states(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> Row | None:
    """Return the dwellings of some communities by state and by storeys.

    One column per state, ``storeys_known`` and ``buildings``.
    """
    return first(
        connection,
        select(
            *_state_sums(),
            func.count().label("buildings"),
            func.count(building.c.storeys).label("storeys_known"),
        )
        .select_from(building.outerjoin(building_summary))
        .where(building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id)),
    )


def buildings_by_storeys(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int], limits: Sequence[int]
) -> list[int]:
    """Count buildings in height classes.

    Parameters
    ----------
    limits
        Smallest number of storeys of each class but the first, ascending.

    Returns
    -------
    list of int
        ``len(limits) + 1`` counts, then the buildings of unknown height.
    """
    storeys = building.c.storeys
    edges = [1, *limits, 10_000]
    within = [func.count().filter(storeys >= low, storeys < high) for low, high in pairwise(edges)]
    found = connection.execute(
        select(*within, func.count().filter(storeys.is_(None))).where(
            building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id)
        )
    ).one()
    return [int(n) for n in found]


def on_duty(day: date) -> ColumnElement[bool]:
    """Return the condition that a role counts on a day, in a statement that joins its plan.

    A published plan that begins later is shown already; its roles count as on its first day.
    """
    counted = func.greatest(cast(day, Date), plan.c.effective_from)
    ended = grid_role.c.to_date <= counted
    return (grid_role.c.from_date <= counted) & (grid_role.c.to_date.is_(None) | ~ended)


def grid_roles(
    connection: Connection, viewer: Viewer, plan_ids: Sequence[int], as_of: datetime
) -> list[Row]:
    """Count the people in each role of each grid: ``grid_id role n``."""
    active = on_duty(local_day(as_of))
    return rows(
        connection,
        select(
            grid_role.c.grid_id,
            grid_role.c.role,
            func.count(func.distinct(grid_role.c.staff_id)).label("n"),
        )
        .select_from(grid_role.join(grid).join(plan, plan.c.id == grid.c.plan_id))
        .where(grid.c.plan_id.in_(plan_ids), active, seen(viewer, plan.c.community_id))
        .group_by(grid_role.c.grid_id, grid_role.c.role),
    )


def grid_workers(
    connection: Connection, viewer: Viewer, plan_ids: Sequence[int], day: date
) -> dict[str, tuple[str, ...]]:
    """Return the names of the leaders and workers of each grid on a day, by the grid's code."""
    joined = grid_role.join(grid).join(plan, plan.c.id == grid.c.plan_id)
    found = rows(
        connection,
        select(grid.c.code, staff.c.name)
        .distinct()
        .select_from(joined.join(staff, staff.c.id == grid_role.c.staff_id))
        .where(
            grid.c.plan_id.in_(plan_ids),
            grid_role.c.role.in_(("grid_leader", "grid_worker")),
            on_duty(day),
            seen(viewer, plan.c.community_id),
        )
        .order_by(grid.c.code, staff.c.name),
    )
    names: dict[str, tuple[str, ...]] = {}
    for row in found:
        names[row["code"]] = (*names.get(row["code"], ()), row["name"])
    return names


# ------------------------------------------------------------------------------------- figures


def indicator_values(
    connection: Connection,
    viewer: Viewer,
    area_ids: Sequence[int],
    periods: Sequence[Period],
    indicators: Sequence[str] = (),
) -> list[Row]:
    """Return the kept figures of some streets or communities, and of the grids below them.

    Of all indicators, or of some.

    Columns ``indicator version area_kind area_id plan_id period_from period_to value numerator
    denominator as_of``; only for published plans.
    """
    if not periods:
        return []
    wanted = or_(
        *(
            (indicator_value.c.period_from == period.start)
            & (indicator_value.c.period_to == period.end)
            for period in periods
        )
    )
    columns = [
        indicator_value.c[name]
        for name in (
            "indicator",
            "version",
            "area_kind",
            "area_id",
            "plan_id",
            "period_from",
            "period_to",
            "value",
            "numerator",
            "denominator",
            "as_of",
        )
    ]
    asked = (
        select(*columns)
        .where(indicator_value.c.community_id.in_(area_ids), wanted)
        .where(seen(viewer, indicator_value.c.community_id))
    )
    if indicators:
        asked = asked.where(indicator_value.c.indicator.in_(indicators))
    return rows(connection, asked)


def all_grid_values(
    connection: Connection, viewer: Viewer, indicator: str, period_days: int
) -> list[float]:
    """Return the figures of every grid in its current period: what classes are cut from.

    Parameters
    ----------
    period_days
        Only values of periods of exactly this length, so that rates compare.
    """
    length = indicator_value.c.period_to - indicator_value.c.period_from
    found = connection.scalars(
        select(indicator_value.c.value).where(
            indicator_value.c.indicator == indicator,
            indicator_value.c.area_kind == "grid",
            indicator_value.c.value.is_not(None),
            length == period_days,
            indicator_value.c.period_to
            > func.date(func.timezone(ZONE.key, indicator_value.c.as_of)),
            seen(viewer, indicator_value.c.community_id),
        )
    )
    return [float(value) for value in found]


def first_days(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> dict[str, date | None]:
    """Return the first local day of each dated record: ``tickets`` and ``visits``."""

    def day(at: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.date(func.timezone(ZONE.key, func.min(at)))

    tickets = select(day(ticket.c.reported_at)).where(
        ticket.c.community_id.in_(community_ids), seen(viewer, ticket.c.community_id)
    )
    visits = (
        select(day(visit.c.at))
        .select_from(visit.join(household).join(building))
        .where(building.c.community_id.in_(community_ids), seen(viewer, building.c.community_id))
    )
    return {"tickets": connection.scalar(tickets), "visits": connection.scalar(visits)}


def sign_of(as_of: ColumnElement[Any]) -> ColumnElement[str]:
    """Return what the map shows of a ticket: its state, *overdue* decided by the clock."""
    is_open = ticket.c.state.in_(OPEN_TICKET_STATES)
    return case(
        (is_open & (ticket.c.due_at < as_of), "overdue"),
        (is_open, ticket.c.state),
        (ticket.c.state == "closed", "closed"),
        else_="void",
    )


def _tickets_in(
    viewer: Viewer, community_ids: Sequence[int], period: Period
) -> tuple[FromClause, ColumnElement[bool]]:
    source = ticket.join(division, division.c.id == ticket.c.community_id)
    return source, (
        ticket.c.community_id.in_(community_ids)
        & (ticket.c.reported_at >= period.opens_at)
        & (ticket.c.reported_at < period.closes_at)
        & seen(viewer, ticket.c.community_id)
    )


def ticket_signs(
    connection: Connection,
    viewer: Viewer,
    community_ids: Sequence[int],
    period: Period,
    classes: Sequence[str] = (),
) -> dict[str, int]:
    """Count the tickets reported in a period by what the map shows of them."""
    source, where = _tickets_in(viewer, community_ids, period)
    sign = sign_of(func.coalesce(division.c.as_of, func.now())).label("sign")
    statement = select(sign, func.count().label("n")).select_from(source).where(where)
    if classes:
        statement = statement.where(ticket.c.class_code.in_(classes))
    return {row["sign"]: row["n"] for row in rows(connection, statement.group_by(sign))}


def ticket_repeats(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int], period: Period
) -> tuple[int, int]:
    """Return how many tickets a period has, and how many of them repeat an earlier one."""
    source, where = _tickets_in(viewer, community_ids, period)
    found = connection.execute(
        select(func.count(), func.count(ticket.c.repeat_of_id)).select_from(source).where(where)
    ).one()
    return int(found[0]), int(found[1])


def busiest_building(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int], period: Period
) -> Row | None:
    """Return the building most tickets of a period come from.

    Columns ``id compound number name n``, and ``grid_code grid_name`` under the published plan.
    """
    source, where = _tickets_in(viewer, community_ids, period)
    n = func.count().label("n")
    most = (
        select(ticket.c.building_id, n)
        .select_from(source)
        .where(where, ticket.c.building_id.is_not(None))
        .group_by(ticket.c.building_id)
        .order_by(n.desc(), ticket.c.building_id)
        .limit(1)
        .subquery()
    )
    homes = grids_in_force()
    return first(
        connection,
        select(
            *(building.c[name] for name in ("id", "compound", "number", "name")),
            most.c.n,
            homes.c.grid_code,
            homes.c.grid_name,
        ).select_from(
            most.join(building, building.c.id == most.c.building_id).outerjoin(
                homes, homes.c.building_id == building.c.id
            )
        ),
    )


def ticket_classes(connection: Connection) -> list[Row]:
    """Return the classes tickets are grouped by: ``code name name_en``."""
    columns = ticket_category.c
    return rows(
        connection,
        select(
            columns.class_code.label("code"),
            func.min(columns.class_name).label("name"),
            func.min(columns.class_name_en).label("name_en"),
        )
        .group_by(columns.class_code)
        .order_by(columns.class_code),
    )


# ------------------------------------------------------------------------ norms, then imports


def norms(connection: Connection, community_id: int | None = None) -> list[Row]:
    """Return the norms in force: the latest row of each key, a community's own before all's."""
    owner = norm.c.community_id
    latest = (
        select(norm)
        .where(or_(owner.is_(None), owner == community_id))
        .ext(distinct_on(norm.c.key, owner))
        .order_by(norm.c.key, owner, norm.c.set_at.desc(), norm.c.id.desc())
        .subquery()
    )
    # A community's row without bounds takes its own norm back.
    kept = select(latest).where(or_(latest.c.low.is_not(None), latest.c.high.is_not(None)))
    return rows(
        connection,
        kept.ext(distinct_on(latest.c.key)).order_by(latest.c.key, latest.c.community_id.is_(None)),
    )


def import_batches(connection: Connection, viewer: Viewer, limit: int = 200) -> list[Row]:
    """Return the latest imports, newest first; only for a viewer who may see everything."""
    if viewer.divisions is not None:
        return []
    return rows(
        connection, select(import_batch).order_by(import_batch.c.imported_at.desc()).limit(limit)
    )


def rejections(
    connection: Connection, viewer: Viewer, batch_id: int, limit: int = 500
) -> list[Row]:
    """Return the refused rows of one import, in the file's order."""
    if viewer.divisions is not None:
        return []
    return rows(
        connection,
        select(import_rejection)
        .where(import_rejection.c.batch_id == batch_id)
        .order_by(import_rejection.c.row_number, import_rejection.c.id)
        .limit(limit),
    )

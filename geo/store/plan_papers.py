"""Gathering what the papers of a plan say: the register and the drawings an office files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa
from sqlalchemy import func, select

from geo import codes, plans
from geo.papers import GridSheet, Outline, Person, PlanPaper
from geo.schema import HOUSEHOLD_STATES
from geo.store import drafts, intake, plan_state, publishing
from geo.store.access import Viewer, signature_of
from geo.store.ground import Land, norms_of
from geo.store.plan_state import Plan
from geo.store.queries import attributions
from geo.store.tables import (
    building,
    building_summary,
    division,
    grid,
    grid_role,
    ground,
    plan,
    staff,
)
from geo.words import _


def gather_paper(
    connection: sa.Connection, viewer: Viewer, land: Land, plan_id: int, *, made_at: datetime
) -> PlanPaper:
    """Read a plan as it is filed.

    Parameters
    ----------
    connection
    viewer
        Who makes the papers; named on them.
    land
        The plan's community.
    plan_id
    made_at
        Printed on every page.

    Raises
    ------
    PlanError
        If the community has no such plan.
    """
    at = plan_state.read_plan(connection, land, plan_id)
    before = _before(connection, land, at)
    place = _place(connection, land.community_id)
    outlines = _outlines(connection, land, at)
    return PlanPaper(
        street=place.street,
        community=land.name,
        community_code=land.code,
        plan=at.name,
        state=at.state,
        effective_from=at.effective_from,
        as_of=land.as_of,
        made_at=made_at,
        made_by=signature_of(viewer),
        boundary=_shape(place.geom),
        grids=_sheets(connection, land, at, before),
        buildings=outlines,
        ground=_ground(connection, land.community_id),
        retired=_retired(land, at, before),
        attribution=" · ".join(
            attributions(connection, viewer, [land.community_id], place.street_id)
        ),
        schematic=bool(place.schematic),
    )


def _place(connection: sa.Connection, community_id: int) -> Any:
    street = division.alias("street")
    return connection.execute(
        select(
            street.c.id.label("street_id"),
            street.c.name.label("street"),
            division.c.schematic,
            func.ST_AsBinary(division.c.geom, type_=sa.LargeBinary).label("geom"),
        )
        .join(street, street.c.id == division.c.parent_id)
        .where(division.c.id == community_id)
    ).one()


def _shape(stored: bytes | None) -> Any:
    return shapely.from_wkb(bytes(stored)) if stored is not None else None


def _before(connection: sa.Connection, land: Land, at: Plan) -> Plan | None:
    """Return the plan this one follows: the published one for a draft, else the one before it."""
    if at.state == "draft":
        return publishing.published(connection, land)
    former = connection.scalar(
        select(plan.c.id)
        .where(
            plan.c.community_id == land.community_id,
            plan.c.state == "retired",
            plan.c.effective_from < at.effective_from,
        )
        .order_by(plan.c.effective_from.desc(), plan.c.id.desc())
        .limit(1)
    )
    return plan_state.read_plan(connection, land, int(former)) if former is not None else None


def _sheets(
    connection: sa.Connection, land: Land, at: Plan, before: Plan | None
) -> tuple[GridSheet, ...]:
    table = plans.figures(
        land.pure, at.grid, len(at.grids), norms_of(connection, land.community_id)
    )
    shapes = intake.frame_of(
        connection, select(grid.c.id, grid.c.geom).where(grid.c.plan_id == at.id)
    ).set_index("id")["geom"]
    people = _people(connection, at)
    notes = _notes(connection, at)
    dwellings = _dwellings(connection, land, at)
    changes = _changes(land, at, before)
    sheets = []
    for place in at.used.tolist():
        one, row = at.grids[place], table.loc[place]
        change, former = changes[place]
        sheets.append(
            GridSheet(
                code=one.code,
                name=one.name,
                sub_district=_sub_district(land, at, place),
                shape=shapes[one.id] if shapes[one.id] is not None else shapely.MultiPolygon(),
                buildings=int(row["buildings"]),
                households=int(row["households"]),
                residents=int(row["residents"]),
                age60=int(row["age60"]),
                age80=int(row["age80"]),
                party_members=int(row["party_members"]),
                dwellings=dwellings[place],
                area_m2=float(row["area_m2"]),
                staff=people.get(one.id, ()),
                former=former,
                change=change,
                note=notes.get(one.id, ""),
            )
        )
    return tuple(sorted(sheets, key=lambda sheet: sheet.code))


def _people(connection: sa.Connection, at: Plan) -> dict[int, tuple[Person, ...]]:
    ends = at.effective_to
    active = (
        grid_role.c.to_date.is_(None)
        if ends is None
        else (grid_role.c.to_date.is_(None) | (grid_role.c.to_date >= ends))
    )
    rows = connection.execute(
        select(grid_role.c.grid_id, grid_role.c.role, staff.c.name)
        .join(staff, staff.c.id == grid_role.c.staff_id)
        .where(grid_role.c.grid_id.in_(at.ids.tolist()), active)
        .order_by(grid_role.c.grid_id, grid_role.c.role, staff.c.id)
    )
    people: dict[int, list[Person]] = {}
    for grid_id, role, name in rows:
        people.setdefault(grid_id, []).append(Person(role, name))
    return {one: tuple(held) for one, held in people.items()}


def _notes(connection: sa.Connection, at: Plan) -> dict[int, str]:
    notes: dict[int, list[str]] = {}
    for (_key, subject), signed in drafts.reasons_of(connection, at.id).items():
        what, _colon, number = subject.partition(":")
        if what == "grid":
            notes.setdefault(int(number), []).append(signed.reason)
    return {one: "; ".join(dict.fromkeys(held)) for one, held in notes.items()}


def _dwellings(connection: sa.Connection, land: Land, at: Plan) -> list[Mapping[str, int]]:
    names = [f"state_{state}" for state in HOUSEHOLD_STATES]
    frame = intake.frame_of(
        connection,
        select(building.c.id, *(building_summary.c[name] for name in names))
        .join(building_summary, building_summary.c.building_id == building.c.id)
        .where(building.c.community_id == land.community_id),
    )
    where = at.grid[land.at(frame["id"].to_numpy(dtype=np.int64))]
    sums = frame[names].groupby(where).sum()
    return [
        {state: int(sums[f"state_{state}"].get(place, 0)) for state in HOUSEHOLD_STATES}
        for place in range(len(at.grids))
    ]


def _sub_district(land: Land, at: Plan, place: int) -> str:
    zones = np.unique(land.pure.sub_district[at.grid == place])
    return _(", ").join(land.sub_districts[zone] for zone in zones if zone >= 0)


def _changes(land: Land, at: Plan, before: Plan | None) -> dict[int, tuple[str, tuple[str, ...]]]:
    if before is None:
        return dict.fromkeys(at.used.tolist(), ("new", ()))
    weight = land.pure.counts["households"]
    kept = codes.successors(before.grid, at.grid, weight)
    common = codes.shared(before.grid, at.grid, weight)
    found = {}
    for place in at.used.tolist():
        pairs = sorted((pair for pair in common if pair[1] == place), key=lambda p: -common[p])
        former = tuple(before.grids[was].code for was, _one in pairs)
        if place not in kept:
            found[place] = ("new", former)
            continue
        same = np.array_equal(at.grid == place, before.grid == kept[place])
        found[place] = ("kept" if same else "changed", former)
    return found


def _retired(land: Land, at: Plan, before: Plan | None) -> tuple[tuple[str, str], ...]:
    if before is None:
        return ()
    going = set(codes.successors(before.grid, at.grid, land.pure.counts["households"]).values())
    ended = [before.grids[place] for place in before.used.tolist() if place not in going]
    return tuple((one.code, one.name) for one in ended)


def _outlines(connection: sa.Connection, land: Land, at: Plan) -> tuple[Outline, ...]:
    frame = intake.frame_of(
        connection,
        select(
            building.c.id,
            building.c.number,
            building.c.compound,
            building.c.geom,
            building_summary.c.households,
            building_summary.c.dominant_state,
        )
        .outerjoin(building_summary, building_summary.c.building_id == building.c.id)
        .where(building.c.community_id == land.community_id)
        .order_by(building.c.id),
    )
    codes_in_order = sorted(at.grids[place].code for place in at.used.tolist())
    position = {code: place for place, code in enumerate(codes_in_order)}
    of_place = np.array([*(position.get(one.code, -1) for one in at.grids), -1])
    where = of_place[at.grid[land.at(frame["id"].to_numpy(dtype=np.int64))]]
    columns = (frame[name] for name in ("id", "number", "geom", "households", "dominant_state"))
    rows = zip(*columns, frame["compound"], where.tolist(), strict=True)
    return tuple(
        Outline(
            id=int(number),
            number=said,
            shape=shape,
            grid=grid_at,
            households=0 if pd.isna(households) else int(households),
            dominant=dominant or "none",
            compound=compound,
        )
        for number, said, shape, households, dominant, compound, grid_at in rows
    )


def _ground(connection: sa.Connection, community_id: int) -> tuple[tuple[str, str, Any], ...]:
    frame = intake.frame_of(
        connection,
        select(ground.c.kind, ground.c.name, ground.c.geom)
        .where(ground.c.community_id == community_id)
        .order_by(ground.c.id),
    )
    return tuple(zip(frame["kind"], frame["name"], frame["geom"], strict=True))

"""Keeping answers about hot spots, finding them again, and the list for the next briefing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from geo.store import versions
from geo.store.access import Viewer
from geo.store.queries import Row, rows, seen
from geo.store.tables import briefing_item, division, study
from geo.studies import Study, as_json, from_json

SUBJECTS = (
    "building",
    "building_summary",
    "grid",
    "ground",
    "plan",
    "plan_assignment",
    "ticket",
    "ticket_category",
)
"""The tables an answer is made from."""

KEPT = 300
"""Answers kept for a street; older ones go unless a briefing needs them."""


@dataclass(frozen=True)
class Kept:
    """An answer on record.

    Attributes
    ----------
    id
        Its number.
    made_at
        When it was made.
    seconds
        How long that took.
    """

    id: int
    made_at: datetime
    seconds: float
    study: Study


@dataclass(frozen=True)
class Place:
    """What an answer is about.

    Attributes
    ----------
    street_id, community_id
        Divisions; None for a whole street.
    plans
        The plans in force.
    as_of
        The data cut-off.
    """

    street_id: int
    community_id: int | None
    plans: tuple[int, ...]
    as_of: datetime | None


def data_version(connection: sa.Connection) -> str:
    """Return the version of the data answers are made from."""
    return versions.token(versions.read_versions(connection), SUBJECTS)


def key_of(asked: Any, place: Place, version: str) -> str:
    """Return the key of a question about a place and a state of the data."""
    key: str = asked.key(place.street_id, place.community_id, place.plans, version)
    return key


def find(connection: sa.Connection, viewer: Viewer, key: str) -> Kept | None:
    """Return the answer with a key, if this viewer may see where it is about."""
    columns = (study.c.id, study.c.made_at, study.c.seconds, study.c.result)
    found = rows(connection, select(*columns).where(study.c.key == key, _visible(viewer)))
    if not found:
        return None
    row = found[0]
    return Kept(row["id"], row["made_at"], row["seconds"], from_json(row["result"]))


@dataclass(frozen=True)
class Source:
    """Where an answer on record is from: a division, and as in `Place`."""

    code: str
    name: str
    plans: tuple[int, ...]
    as_of: datetime | None
    version: str
    community_ids: tuple[int, ...]


def by_number(
    connection: sa.Connection, viewer: Viewer, number: int
) -> tuple[Study, Source] | None:
    """Return the answer with a number and where it is from, if this viewer may see that."""
    place = division.alias("place")
    member = division.alias("member")
    members = (
        select(func.array_agg(member.c.id))
        .where(
            member.c.kind == "community",
            (member.c.id == place.c.id) | (member.c.parent_id == place.c.id),
        )
        .scalar_subquery()
    )
    asked = (
        select(study, place.c.code, place.c.name, members.label("members"))
        .select_from(
            study.join(place, place.c.id == func.coalesce(study.c.community_id, study.c.street_id))
        )
        .where(study.c.id == number, _visible(viewer))
    )
    found = rows(connection, asked)
    if not found:
        return None
    row = found[0]
    source = Source(
        row["code"],
        row["name"],
        tuple(row["plans"]),
        row["as_of"],
        row["data_version"],
        tuple(row["members"] or ()),
    )
    return from_json(row["result"]), source


def _visible(viewer: Viewer) -> sa.ColumnElement[bool]:
    return seen(viewer, func.coalesce(study.c.community_id, study.c.street_id))


def keep(
    connection: sa.Connection, made: Study, place: Place, version: str, *, who: str, seconds: float
) -> int:
    """Keep an answer, and forget old ones of its street.

    Returns
    -------
    int
        Its number; that of the one on record where the question was answered before.
    """
    key = key_of(made.question, place, version)
    values = {
        "key": key,
        "method": made.question.method,
        "street_id": place.street_id,
        "community_id": place.community_id,
        "parameters": made.question.parameters(),
        "seed": made.question.seed,
        "plans": list(place.plans),
        "as_of": place.as_of,
        "data_version": version,
        "made_by": who,
        "seconds": seconds,
        "result": as_json(made),
    }
    written = insert(study).values(values).on_conflict_do_nothing().returning(study.c.id)
    number = connection.execute(written).scalar_one_or_none()
    if number is None:
        number = connection.execute(select(study.c.id).where(study.c.key == key)).scalar_one()
    _forget_old(connection, place.street_id)
    return int(number)


def _forget_old(connection: sa.Connection, street_id: int) -> None:
    newest = (
        select(study.c.id)
        .where(study.c.street_id == street_id)
        .order_by(study.c.made_at.desc(), study.c.id.desc())
        .limit(KEPT)
    )
    connection.execute(
        study.delete().where(
            study.c.street_id == street_id,
            study.c.id.not_in(newest),
            study.c.id.not_in(select(briefing_item.c.study_id)),
        )
    )


# ---------------------------------------------------------------------------- the next briefing


def put_in_briefing(connection: sa.Connection, study_id: int, spot: int, who: str) -> None:
    """Put a spot on the list for the next briefing; twice is once."""
    values = {"study_id": study_id, "spot": spot, "added_by": who}
    connection.execute(insert(briefing_item).values(values).on_conflict_do_nothing())


def take_out(connection: sa.Connection, study_id: int, spot: int) -> None:
    """Take a spot off the list."""
    connection.execute(
        briefing_item.delete().where(
            briefing_item.c.study_id == study_id, briefing_item.c.spot == spot
        )
    )


def briefing(connection: sa.Connection, viewer: Viewer, street_id: int) -> list[Row]:
    """Return the list of a street, oldest first.

    Columns ``study_id spot added_at method parameters as_of`` and ``found``, the spot as JSON.
    """
    item = briefing_item.c
    picked = func.jsonb_path_query_first(
        study.c.result,
        sa.cast("$.spots[*] ? (@.number == $n)", sa.dialects.postgresql.JSONPATH),
        func.jsonb_build_object("n", item.spot),
    )
    asked = (
        select(
            item.study_id,
            item.spot,
            item.added_at,
            study.c.method,
            study.c.parameters,
            study.c.as_of,
            division.c.name.label("place"),
            picked.label("found"),
        )
        .select_from(
            briefing_item.join(study, study.c.id == item.study_id).join(
                division,
                division.c.id == func.coalesce(study.c.community_id, study.c.street_id),
            )
        )
        .where(study.c.street_id == street_id, _visible(viewer))
        .order_by(item.added_at, item.id)
    )
    return rows(connection, asked)

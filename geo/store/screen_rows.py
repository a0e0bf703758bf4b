"""What a wall shows besides the pages' figures: tickets by class, facilities by kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, func, select

from geo.periods import Period
from geo.schema import OPEN_TICKET_STATES
from geo.store.access import Viewer
from geo.store.queries import Row, rows, seen, sign_of
from geo.store.tables import division, facility, ticket

OUTCOMES: Final[Mapping[str, tuple[str, ...]]] = {
    "done": ("closed",),
    "open": OPEN_TICKET_STATES,
    "overdue": ("overdue",),
    "void": ("void",),
}
"""What became of tickets, by the signs the map shows of them."""


def ticket_outcomes(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int], period: Period
) -> list[Row]:
    """Count the tickets reported in a period by class and by what became of them.

    Returns
    -------
    list of Row
        ``code``; ``done``; ``open``, in time; ``overdue``; ``void``, which is returned, unfounded
        or a duplicate. Most tickets first; a class without any is left out.
    """
    sign = sign_of(func.coalesce(division.c.as_of, func.now()))
    numbers = [func.count().filter(sign.in_(signs)).label(name) for name, signs in OUTCOMES.items()]
    return rows(
        connection,
        select(ticket.c.class_code.label("code"), *numbers)
        .select_from(ticket.join(division, division.c.id == ticket.c.community_id))
        .where(
            ticket.c.community_id.in_(community_ids),
            ticket.c.reported_at >= period.opens_at,
            ticket.c.reported_at < period.closes_at,
            seen(viewer, ticket.c.community_id),
        )
        .group_by(ticket.c.class_code)
        .order_by(func.count().desc(), ticket.c.class_code),
    )


def facility_kinds(
    connection: Connection, viewer: Viewer, community_ids: Sequence[int]
) -> dict[str, int]:
    """Count the facilities that stand in some communities by kind."""
    here = (facility.c.community_id.in_(community_ids), seen(viewer, facility.c.community_id))
    asked = select(facility.c.kind, func.count().label("n")).where(*here)
    return {row["kind"]: row["n"] for row in rows(connection, asked.group_by(facility.c.kind))}

"""Tickets of a month by category, counted as the indicators count them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from geo.periods import Period
from geo.schema import OPEN_TICKET_STATES
from geo.store.access import Viewer
from geo.store.queries import Row, rows, seen
from geo.store.tables import ticket, ticket_category


def _reported(period: Period) -> ColumnElement[bool]:
    at = ticket.c.reported_at
    return and_(at >= period.opens_at, at < period.closes_at)


def _waiting(at: datetime) -> ColumnElement[bool]:
    """Tell which tickets were waiting at an instant, as `geo.measures` does.

    When a ticket was returned, or found unfounded or a duplicate, is not recorded: those never
    waited. A ticket closed later did.
    """
    closed = ticket.c.closed_at
    return and_(
        or_(ticket.c.state.in_(OPEN_TICKET_STATES), closed.is_not(None)),
        ticket.c.reported_at <= at,
        or_(closed.is_(None), closed > at),
    )


def _counts(months: Sequence[Period], at: datetime) -> dict[str, ColumnElement[bool]]:
    """Return what is counted, by name."""
    month, before, year_before = months
    closed, due = ticket.c.closed_at, ticket.c.due_at
    finished = and_(due.is_not(None), closed >= month.opens_at, closed < month.closes_at)
    failed = and_(_waiting(at), due >= month.opens_at, due < at)
    return {
        "reported": _reported(month),
        "repeats": and_(_reported(month), ticket.c.repeat_of_id.is_not(None)),
        "before": _reported(before),
        "year_before": _reported(year_before),
        "on_time": and_(finished, closed <= due),
        "had_to": or_(finished, failed),
        "open": _waiting(at),
        "overdue": and_(_waiting(at), due < at),
    }


def categories(
    connection: Connection,
    viewer: Viewer,
    community_ids: Sequence[int],
    months: tuple[Period, Period, Period],
    at: datetime,
) -> list[Row]:
    """Count the tickets of some communities by category; categories without any are left out.

    Parameters
    ----------
    months
        The month itself, the one before, and that of the year before.
    at
        The instant at which tickets wait: the month's end, or the data cut-off before it.

    Returns
    -------
    list of Row
        ``code name class_code class_name class_name_en``; ``reported`` in the month, of them
        ``repeats``; ``before`` and ``year_before``, reported in those months; ``had_to`` be closed
        in the month, of them ``on_time``; ``open`` and of them ``overdue`` at its end. By class,
        then code.
    """
    counted = _counts(months, at)
    names = ("code", "name", "class_code", "class_name", "class_name_en")
    columns = [ticket_category.c[name] for name in names]
    numbers = [func.count().filter(what).label(name) for name, what in counted.items()]
    asked = (
        select(*columns, *numbers)
        .select_from(ticket.join(ticket_category, ticket_category.c.code == ticket.c.category_code))
        .where(ticket.c.community_id.in_(community_ids), seen(viewer, ticket.c.community_id))
        .group_by(*columns)
        .having(func.count().filter(or_(*counted.values())) > 0)
        .order_by(ticket_category.c.class_code, ticket_category.c.code)
    )
    return rows(connection, asked)

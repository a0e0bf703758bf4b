"""Staff as a page may name them."""

from __future__ import annotations

from dashboard.services.base import reading
from dashboard.services.planning import Desk
from geo.store import staffing_rows


def names_of(desk: Desk) -> dict[int, str]:
    """Return what the staff of a plan's community are called, by id."""
    with reading() as connection:
        return {
            row["id"]: row["name"]
            for row in staffing_rows.staff_of(connection, desk.land.community_id)
        }

"""What a wall shows besides the picture of the overview."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from dashboard.services import overview
from dashboard.services.base import Edition, reading, viewer
from dashboard.services.territory import Scope
from geo.periods import Period
from geo.store import screen_rows


@dataclass(frozen=True)
class Outcome:
    """Tickets of one class by what became of them, see `geo.store.screen_rows`."""

    name: str
    name_en: str
    done: int
    open: int
    overdue: int
    void: int

    @property
    def all(self) -> int:
        """How many there are."""
        return self.done + self.open + self.overdue + self.void


def outcomes(scope: Scope, period: Period) -> tuple[Outcome, ...]:
    """Return what became of the period's tickets by class, most first."""
    return _outcomes(scope.edition, scope.community_ids, period)


@st.cache_data(max_entries=256, show_spinner=False)
def _outcomes(
    edition: Edition, community_ids: tuple[int, ...], period: Period
) -> tuple[Outcome, ...]:
    names = {row["code"]: row for row in overview.ticket_classes(edition)}
    with reading() as connection:
        found = screen_rows.ticket_outcomes(connection, viewer(), community_ids, period)
    return tuple(
        Outcome(
            names[row["code"]]["name"],
            names[row["code"]]["name_en"] or names[row["code"]]["name"],
            *(row[outcome] for outcome in screen_rows.OUTCOMES),
        )
        for row in found
    )


def facilities(scope: Scope) -> dict[str, int]:
    """Return how many facilities of each kind there are."""
    return _facilities(scope.edition, scope.community_ids)


@st.cache_data(max_entries=256, show_spinner=False)
def _facilities(edition: Edition, community_ids: tuple[int, ...]) -> dict[str, int]:
    with reading() as connection:
        return screen_rows.facility_kinds(connection, viewer(), community_ids)

"""The papers of plans, as an office files them: the drawings and the register of every grid.

They are made by `geo.papers` and name who answers for a grid; so they are for planners alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dashboard.briefing.formats import VIEW_FORMATS
from dashboard.briefing.kinds import Kind, Order
from dashboard.briefing.packing import packed
from dashboard.briefing.page import place_of
from dashboard.services import paperwork
from dashboard.services.base import viewer
from geo.errors import N_, InputError
from geo.layers import PLANNERS
from geo.words import _

PAPERS: Final = ("drawings", "registration")

FORMATS: Final = {"a4": VIEW_FORMATS["a4"]}
"""Papers have one size; `geo.papers` lays it out."""


def plans_of(order: Order) -> tuple[int, ...]:
    """Return the plan that is asked for, else those in force.

    Raises
    ------
    InputError
        If there is none.
    """
    plans = (order.state.plan,) if order.state.plan else order.scope.plan_ids
    if not plans:
        raise InputError(
            N_("{place} has no plan in force: draw and publish one first."),
            place=place_of(order.scope),
        )
    return plans


def papers_of(order: Order) -> Iterator[tuple[str, bytes]]:
    """Make every paper: its name and what is in it."""
    for plan in plans_of(order):
        for kind in PAPERS:
            paper = paperwork.make(plan, viewer(), kind, made_at=order.made.at)
            yield paper.name, paper.body


def _body(order: Order) -> bytes:
    return packed(papers_of(order), order.made.at)


def _title(order: Order) -> str:
    return _("{place} grid drawings and register", place=place_of(order.scope))


KIND: Final = Kind(
    N_("Drawings and register of the plan"), FORMATS, ("zip",), _body, _title, PLANNERS
)

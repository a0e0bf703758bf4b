"""What a found place is called: where it is and what kind of place, in the language spoken now."""

from __future__ import annotations

from typing import Final

from geo.errors import N_
from geo.spacetime import EMERGING
from geo.spots import Spot
from geo.words import _

KINDS: Final = {
    "hot": N_("Hot spot"),
    "cold": N_("Cold spot"),
    "cluster": N_("Cluster"),
    "address": N_("Repeat address"),
    "group": N_("Group"),
    **EMERGING,
}
"""What a spot can be (`geo.spots.Spot.kind`)."""

_SERIAL = 3
"""Digits of a grid's code that tell it from its neighbours."""

_MOST_GRIDS = 3


def kind_words(spot: Spot) -> str:
    """Say what kind of place a spot is."""
    return _(KINDS[spot.kind])


def place_words(spot: Spot) -> str:
    """Say where a spot is: its compound, road and grids, those most of its tickets lie in.

    Returns
    -------
    str
        Empty where nothing near it has a name.
    """
    parts = [_compound(spot), spot.road, _grids(spot.grids)]
    return _(", ").join(filter(None, parts))


def _compound(spot: Spot) -> str:
    if not spot.compound:
        return ""
    number = spot.addresses[0].number if spot.kind == "address" and spot.addresses else ""
    if number:
        return _("{compound} building {number}", compound=spot.compound, number=number)
    return _("near {compound}", compound=spot.compound)


def _grids(codes: tuple[str, ...]) -> str:
    if not codes:
        return ""
    shown = [code[-_SERIAL:] for code in codes[:_MOST_GRIDS]]
    more = "…" if len(codes) > _MOST_GRIDS else ""
    return _("grid {codes}", codes=_(", ").join(shown) + more)

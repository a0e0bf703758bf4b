"""Dwellings by state as one bar: resident, rented, vacant, shop."""

from __future__ import annotations

from collections.abc import Mapping

from dashboard import figures, theme
from dashboard.parts.base import mount
from geo.schema import HOUSEHOLD_STATES
from geo.words import _


def state_bar(counts: Mapping[str, int], key: str) -> None:
    """Draw the bar.

    Parameters
    ----------
    counts
        Dwellings by state; a state that is not there counts 0.
    key
        Unique on the page.
    """
    total = sum(counts.get(state, 0) for state in HOUSEHOLD_STATES)
    colors = theme.palette().states
    parts = [
        {
            "label": _(label),
            "value": counts.get(state, 0),
            "text": figures.integer(counts.get(state, 0)),
            "share": figures.whole_share(counts.get(state, 0), total),
            "color": colors[state],
            "hatched": state == "vacant",
        }
        for state, label in HOUSEHOLD_STATES.items()
    ]
    mount("state_bar", {"parts": parts}, key)

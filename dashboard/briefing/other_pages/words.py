"""What briefings of pages say where there is nothing to show, and how they name a period."""

from __future__ import annotations

from geo import settings
from geo.periods import PERIODS, Period
from geo.words import _


def period_words(period: Period) -> str:
    """Name a period, with its first and last day."""
    words = {"start": period.start, "end": period.last_day}
    return _("{period}, {start} to {end}", period=_(PERIODS[period.key]), **words)


def fewest() -> int:
    """Return the smallest number that may be told of one building."""
    return settings.briefings().briefing_fewest


def no_figures(label: str) -> str:
    """Say that an indicator has no figure in any area here."""
    return _("No area here has figures for {indicator}.", indicator=label)


def no_grids() -> str:
    """Say that a community has no grids in force."""
    return _("There are no grids yet: nothing to compare.")

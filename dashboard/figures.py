"""Numbers as people read them: separators, units, percent, points, dates, and what is missing.

A missing number is a dash, never 0. Numerals follow the language of the page: counts of a hundred
thousand and more are shortened to 万 or k.
"""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Final, TypeGuard

from babel.numbers import format_decimal

from geo import words
from geo.periods import ZONE
from geo.words import _

MISSING: Final = "—"
SHORTEN_FROM: Final = 100_000
RISE: Final = "+"
FALL: Final = "−"
STEADY: Final = "±"
_WAN: Final = 10_000
_THOUSAND: Final = 1_000


def known(value: float | None) -> TypeGuard[float]:
    """Say whether there is a number at all (pandas writes a missing one as NaN)."""
    return value is not None and not math.isnan(value)


def _shown(value: float, pattern: str) -> str:
    return format_decimal(value, format=pattern, locale=words.locale())


def integer(value: float | None) -> str:
    """Write a count: ``13,350``; from 100,000 on ``10.0 万`` or ``100k``."""
    if not known(value):
        return MISSING
    if abs(value) < SHORTEN_FROM:
        return _shown(round(value), "#,##0")
    if words.language() == "zh":
        return _shown(value / _WAN, "#,##0.0") + " 万"
    return _shown(value / _THOUSAND, "#,##0") + "k"


def decimal(value: float | None, places: int = 1) -> str:
    """Write a number with a fixed number of decimals."""
    if not known(value):
        return MISSING
    return _shown(value, "#,##0." + "0" * places if places else "#,##0")


def percent(value: float | None) -> str:
    """Write a percentage that is already × 100: ``96.3%``."""
    return decimal(value) + "%" if known(value) else MISSING


def share(part: float | None, whole: float | None) -> str:
    """Write a part of a whole as a percentage; nothing of nothing is missing."""
    if not known(part) or not known(whole) or whole == 0:
        return MISSING
    return percent(part / whole * 100)


def whole_share(part: float, whole: float) -> str:
    """Write a part of a whole in whole per cent, where tenths would only be noise."""
    return f"{decimal(part / whole * 100, 0)}%" if whole else MISSING


def _signed(value: float, text: str) -> str:
    return (RISE if value > 0 else FALL if value < 0 else STEADY) + text


def change_percent(now: float | None, before: float | None) -> str:
    """Write the relative change ``+8.3%``; against nothing there is no change to tell."""
    if not known(now) or not known(before) or before == 0:
        return MISSING
    change = round((now - before) / abs(before) * 100, 1)
    return _signed(change, percent(abs(change)))


def change_points(now: float | None, before: float | None) -> str:
    """Write the change between two percentages, in points."""
    if not known(now) or not known(before):
        return MISSING
    change = round(now - before, 1)
    return _signed(change, _("{n} points", n=decimal(abs(change))))


def gap(value: float | None, low: float | None, high: float | None) -> str:
    """Say how far a value is from a norm: above by, below by, or within."""
    if not known(value):
        return MISSING
    if high is not None and value > high:
        return _("{n} too many", n=integer(value - high))
    if low is not None and value < low:
        return _("{n} too few", n=integer(low - value))
    return _("within the norm")


def bounds(low: float | None, high: float | None) -> str:
    """Write a norm's range: ``300–500``, ``≥ 300`` or ``≤ 500``."""
    if low is not None and high is not None:
        return f"{plain(low)}–{plain(high)}"
    return f"≥ {plain(low)}" if low is not None else f"≤ {plain(high)}"


def plain(value: float | None) -> str:
    """Write a number with as many decimals as it has, at most two."""
    return _shown(value, "#,##0.##") if known(value) else MISSING


def this_year() -> int:
    """Return the year that goes without saying when a time is read today."""
    return datetime.now(ZONE).year


def today() -> date:
    """Return the day it is in Asia/Shanghai."""
    return datetime.now(ZONE).date()


def moment(at: datetime | None, year: int | None = None) -> str:
    """Write a time in Asia/Shanghai: ``11-20 18:00``, or only the date in another year.

    Parameters
    ----------
    at
        A time with its zone.
    year
        The year that goes without saying; None writes it always.
    """
    if at is None:
        return MISSING
    local = at.astimezone(ZONE)
    return f"{local:%m-%d %H:%M}" if local.year == year else f"{local:%Y-%m-%d}"


def hectares(area_m2: float | None) -> str:
    """Write an area given in m²."""
    return _("{n} ha", n=decimal(area_m2 / 10_000)) if known(area_m2) else MISSING

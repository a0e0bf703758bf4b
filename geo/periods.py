"""Periods: half-open ranges of whole days that end with the data, not with today's clock.

A period is counted in local days (Asia/Shanghai). ``as_of`` is the data cut-off of a street: its
local day is the last day of every current period, so old data stays readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from geo.errors import N_

ZONE = ZoneInfo("Asia/Shanghai")
"""Where days begin and end."""

PERIODS = {
    "30d": N_("Last 30 days"),
    "month": N_("This month"),
    "quarter": N_("This quarter"),
    "year": N_("This year"),
}
"""The periods a reader can choose, in the order they are offered."""

DEFAULT_PERIOD = "30d"
MONTHS_PER_YEAR = 12

_SPAN_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_ROLLING_DAYS = {"30d": 30}


@dataclass(frozen=True, order=True)
class Period:
    """Days ``start <= day < end``; ``key`` says which choice it came from (or ``YYYY-MM``)."""

    key: str
    start: date
    end: date

    @property
    def days(self) -> int:
        """Length, days."""
        return (self.end - self.start).days

    @property
    def last_day(self) -> date:
        """The last day inside."""
        return self.end - timedelta(days=1)

    @property
    def opens_at(self) -> datetime:
        """The first instant inside, UTC."""
        return midnight(self.start)

    @property
    def closes_at(self) -> datetime:
        """The first instant after, UTC."""
        return midnight(self.end)


def midnight(day: date) -> datetime:
    """Return the instant at which a local day begins, UTC."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)


def local_day(as_of: datetime | date) -> date:
    """Return the local day of a cut-off; a plain date is already one.

    Raises
    ------
    ValueError
        If a datetime carries no time zone.
    """
    if not isinstance(as_of, datetime):
        return as_of
    if as_of.tzinfo is None:
        message = "a cut-off needs a time zone"
        raise ValueError(message)
    return as_of.astimezone(ZONE).date()


def first_of_month(day: date, back: int = 0) -> date:
    """Return the first day of the month that lies `back` months before the month of `day`."""
    index = day.year * MONTHS_PER_YEAR + day.month - 1 - back
    return date(index // MONTHS_PER_YEAR, index % MONTHS_PER_YEAR + 1, 1)


def _calendar_start(key: str, day: date) -> date:
    """Return the first day of the calendar span (month, quarter, year) that holds `day`."""
    return first_of_month(day, (day.month - 1) % _SPAN_MONTHS[key])


def current(key: str, as_of: datetime | date) -> Period:
    """Return the chosen period up to and including the local day of the cut-off.

    Parameters
    ----------
    key
        One of `PERIODS`: the last 30 days, or the calendar month, quarter or year to date.
    as_of
        The data cut-off.

    Raises
    ------
    KeyError
        If there is no such period.
    """
    day = local_day(as_of)
    end = day + timedelta(days=1)
    if key in _ROLLING_DAYS:
        return Period(key, end - timedelta(days=_ROLLING_DAYS[key]), end)
    return Period(key, _calendar_start(key, day), end)


def previous(period: Period) -> Period:
    """Return what a period is compared with: the preceding one, of the same length.

    Thirty days compare with the thirty before. A month, quarter or year to date compares with as
    many days of the preceding one from its start, or with all of it where it is shorter (1–31
    March with the whole of February). A calendar month of `months` compares the same way.
    """
    if period.key in _ROLLING_DAYS:
        return Period(period.key, period.start - timedelta(days=period.days), period.start)
    start = first_of_month(period.start, _SPAN_MONTHS.get(period.key, 1))
    key = period.key if period.key in _SPAN_MONTHS else f"{start:%Y-%m}"
    return Period(key, start, min(start + timedelta(days=period.days), period.start))


def months(as_of: datetime | date, count: int = MONTHS_PER_YEAR) -> list[Period]:
    """Return the last `count` calendar months, oldest first, the last one up to the cut-off.

    Keys are ``YYYY-MM``.
    """
    end = local_day(as_of) + timedelta(days=1)
    starts = [first_of_month(local_day(as_of), back) for back in range(count - 1, -1, -1)]
    ends = [*starts[1:], end]
    return [Period(f"{start:%Y-%m}", start, stop) for start, stop in zip(starts, ends, strict=True)]


KEPT_MONTHS = 2 * MONTHS_PER_YEAR


def all_periods(as_of: datetime | date) -> list[Period]:
    """Return every period values are kept for, each range of days once.

    The current and the previous period of each choice, and the last 24 months, so that each of a
    year has the same month of the year before.
    """
    chosen = [current(key, as_of) for key in PERIODS]
    wanted = [*chosen, *(previous(period) for period in chosen), *months(as_of, KEPT_MONTHS)]
    unique = {(period.start, period.end): period for period in reversed(wanted)}
    return sorted(unique.values(), key=lambda period: (period.start, period.end))

"""When things are reported: seasons, weeks and hours, as arrays of UTC times."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Times = npt.NDArray[np.datetime64]

DAYS = 365
LOCAL_OFFSET = np.timedelta64(8, "h")
"""Asia/Shanghai has had no summer time since 1991."""

MONTHS = (0.86, 0.72, 0.98, 1.0, 1.05, 1.1, 1.18, 1.14, 1.02, 0.96, 1.08, 0.95)
WEEKDAYS = (1.14, 1.1, 1.06, 1.05, 1.05, 0.86, 0.74)
"""Monday to Sunday."""

HOUR_PEAKS = ((9.4, 1.5), (16.0, 2.0), (20.4, 1.5), (12.0, 5.5))
USUAL = (0.44, 0.37, 0.12, 0.07)
EVENING = (0.05, 0.15, 0.72, 0.08)


def utc(moment: datetime) -> np.datetime64:
    """Return a moment with a zone as UTC without one, microseconds."""
    naive = moment.replace(tzinfo=None) - (moment.utcoffset() or timedelta(0))
    return np.datetime64(naive, "us")


def day_weights(as_of: datetime, rng: np.random.Generator) -> Floats:
    """Weigh the 366 local days that the year up to `as_of` touches."""
    last = np.datetime64(as_of.date(), "D")
    days = last - np.arange(DAYS, -1, -1)
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7
    trend = np.linspace(0.94, 1.1, DAYS + 1)
    noise = rng.gamma(30, 1 / 30, DAYS + 1)
    return np.asarray(np.take(MONTHS, month) * np.take(WEEKDAYS, weekday) * trend * noise)


def hours(n: int, peaks: tuple[float, ...], rng: np.random.Generator) -> Floats:
    """Draw `n` hours of the day from a mix of peaks."""
    which = rng.choice(len(HOUR_PEAKS), n, p=peaks)
    mean, spread = np.array(HOUR_PEAKS)[which].T
    return np.asarray((mean + spread * rng.standard_normal(n)) % 24)


def at(day: Ints, hour: Floats, as_of: datetime) -> Times:
    """Return UTC times of local day numbers (0 is a year before the cut-off) and hours."""
    first = np.datetime64(as_of.date(), "D") - DAYS
    local = (first + day).astype("datetime64[us]") + (hour * 3.6e9).astype("timedelta64[us]")
    return np.asarray((local - LOCAL_OFFSET).astype("datetime64[s]").astype("datetime64[us]"))


def moments(
    n: int, weights: Floats, peaks: tuple[float, ...], as_of: datetime, rng: np.random.Generator
) -> Times:
    """Draw `n` times in the year before `as_of`, as busy as the day and the hour are."""
    end = utc(as_of)
    start = end - np.timedelta64(DAYS, "D")
    kept = np.empty(0, dtype="datetime64[us]")
    while len(kept) < n:
        day = rng.choice(len(weights), n, p=weights / weights.sum())
        drawn = at(day, hours(n, peaks, rng), as_of)
        kept = np.concatenate([kept, drawn[(drawn > start) & (drawn < end)]])
    return np.asarray(kept[:n])

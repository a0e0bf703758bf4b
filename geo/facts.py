"""What the indicators are computed from: rows of things, each with the area it counts in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.norms import Norm
from geo.periods import Period

NEVER_US = int(np.iinfo(np.int64).max)
"""Stands for *not yet* in every column of instants (``…_us``)."""

NEVER_DAY = 1_000_000
"""Stands for *not yet* in every column of days (``…_day``)."""

DAY_US = 86_400_000_000

T = TypeVar("T")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Facts:
    """What the indicators are computed from. One row is one thing; ``area`` says where it counts.

    Instants are microseconds since 1970 UTC (``…_us``), days are ordinals of the local date
    (``…_day``); `NEVER_US` and `NEVER_DAY` stand for *not yet*.

    Attributes
    ----------
    size
        Number of areas; ``area`` is a position below it.
    community
        Position of the community of each area, shape (size,).
    norms
        The norms in force of each community, by position.
    buildings
        area and the counts of ``building_summary`` (households, state_resident, state_rented,
        residents, age60, age80, alone60, children, care_high_risk, care_key, care_general);
        elderly_near: residents of 60 or more whose building reaches an elderly service;
        circle_near: residents whose building reaches every required service in its time;
        contact_assignable, contact_no_capacity, contact_out_of_reach: occupied households without
        a contact link, by what stands in its way (see `geo.contact`).
    members
        Party members: area.
    tickets
        area, building (position or -1), reported_us, due_us, closed_us, open (True while pending
        or in progress), patrol (reported by the grid's own patrol), repeat (of an earlier one).
    households
        Occupied dwellings: area, visit_days (longest time between two visits, days).
    visits
        Visits that met somebody, oldest first: area, at_us, household (row of `households`, or -1
        where the dwelling is not occupied).
    links
        Party contact of occupied dwellings: area, since_day, until_day.
    roles
        Grid leaders and grid workers: area, staff (one number per person and community),
        from_day, to_day.
    stock
        Facilities that are counted where they stand: area, kind.
    ground
        One row an area: ground_m2, green_m2, round_m (walk past all its buildings and back).
    """

    size: int
    community: npt.NDArray[np.int64]
    norms: Sequence[Mapping[str, Norm]]
    buildings: pd.DataFrame
    members: pd.DataFrame
    tickets: pd.DataFrame
    households: pd.DataFrame
    visits: pd.DataFrame
    links: pd.DataFrame
    roles: pd.DataFrame
    stock: pd.DataFrame
    ground: pd.DataFrame
    _found: dict[tuple[Callable[..., Any], Windows], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def once(self, step: Callable[[Facts, Windows], T], windows: Windows) -> T:
        """Return what a step of several indicators finds in some windows, looking only once.

        What was found in the windows asked about last is kept, and not to be changed.
        """
        key = (step, windows)
        if key not in self._found:
            if any(other is not windows for _step, other in self._found):
                self._found.clear()
            self._found[key] = step(self, windows)
        found: T = self._found[key]
        return found


@dataclass(frozen=True)
class Window:
    """A period as the computation needs it.

    Attributes
    ----------
    start_us, stop_us
        Half-open range of instants.
    at_us
        The instant of a snapshot: the end of the period, or the data cut-off if that is earlier.
    day
        The local day of the snapshot, ordinal.
    """

    start_us: int
    stop_us: int
    at_us: int
    day: int

    @property
    def days(self) -> float:
        """Length of the range, days."""
        return (self.stop_us - self.start_us) / DAY_US


@dataclass(frozen=True, eq=False)
class Windows:
    """Several windows as columns, shape (windows, 1): compared with n things they make a table.

    Attributes
    ----------
    start_us, stop_us, at_us, day
        As of a `Window`.
    """

    start_us: npt.NDArray[np.int64]
    stop_us: npt.NDArray[np.int64]
    at_us: npt.NDArray[np.int64]
    day: npt.NDArray[np.int64]

    @classmethod
    def of(cls, windows: Sequence[Window]) -> Windows:
        """Put windows below each other."""
        rows = [(one.start_us, one.stop_us, one.at_us, one.day) for one in windows]
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        return cls(*(table[:, [column]] for column in range(4)))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.day)

    @property
    def days(self) -> npt.NDArray[np.float64]:
        """Length of each range, days; shape (windows, 1)."""
        return np.asarray((self.stop_us - self.start_us) / DAY_US)


def microseconds(instant: datetime) -> int:
    """Return microseconds since 1970 UTC, exactly."""
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def window(period: Period, as_of: datetime) -> Window:
    """Turn a period and the data cut-off into a `Window`."""
    stop_us = microseconds(period.closes_at)
    return Window(
        start_us=microseconds(period.opens_at),
        stop_us=stop_us,
        at_us=min(stop_us, microseconds(as_of)),
        day=period.last_day.toordinal(),
    )

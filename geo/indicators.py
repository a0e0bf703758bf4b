"""The registry of indicators: what each is called, what it means, and how it is computed.

One indicator is one entry with one pure function from `Facts` and a `Window` to a numerator and a
denominator per area. Values, tables, maps, briefings and the documentation page all derive from
the entry; sums of numerators and denominators roll up from grids to communities to streets.

Change a formula and you bump its ``version``: stored values of the old version are recomputed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import N_
from geo.norms import Norm
from geo.periods import Period

Floats = npt.NDArray[np.float64]
Fraction = tuple[Floats, Floats | None]

NEVER_US = int(np.iinfo(np.int64).max)
"""Stands for *not yet* in every column of instants (``…_us``)."""

NEVER_DAY = 1_000_000
"""Stands for *not yet* in every column of days (``…_day``)."""

VISIT_YEAR_DAYS = 365
DAY_US = 86_400_000_000

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
    buildings
        area and the counts of ``building_summary`` (households, state_resident, state_rented,
        residents, age60, age80, alone60); elderly_near: residents of 60 or more whose building
        reaches an elderly service.
    members
        Party members: area.
    tickets
        area, reported_us, due_us, closed_us, open (True while pending or in progress).
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
    """

    size: int
    buildings: pd.DataFrame
    members: pd.DataFrame
    tickets: pd.DataFrame
    households: pd.DataFrame
    visits: pd.DataFrame
    links: pd.DataFrame
    roles: pd.DataFrame


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


Compute = Callable[[Facts, Window], Fraction]


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    Attributes
    ----------
    direction
        ``up_good``, ``down_good``, ``norm`` (good inside the norm) or ``neutral``.
    timing
        ``snapshot`` (as things stand at the end of the period) or ``period`` (what happened in it).
    kind
        ``count``, ``rate`` (numerator per `scale` of the denominator), ``share`` (per cent) or
        ``mean`` (numerator per one of the denominator).
    needs
        Subjects a community must have data of; without, there is no value, which is not zero.
    history
        False where the past state is not recorded: then there is no value for past periods.
    memory_days
        How far before the end of a period its records reach back.
    norm
        Key of the norm it is judged by, or None.
    """

    key: str
    label: str
    unit: str
    direction: str
    timing: str
    numerator: str
    denominator: str
    formula: str
    kind: str
    compute: Compute
    needs: tuple[str, ...] = ("households",)
    history: bool = True
    memory_days: int = 0
    norm: str | None = None
    scale: int = 1
    version: int = 1
    decimals: int = 0

    def value(self, numerator: Floats, denominator: Floats | None) -> Floats:
        """Return the values; NaN where there is nothing to divide by."""
        if denominator is None:
            return numerator
        values = np.full(numerator.shape, np.nan)
        some = np.nan_to_num(denominator) > 0
        values[some] = self.scale * numerator[some] / denominator[some]
        return values

    def too_few(self, denominator: float | None, norm: Norm) -> bool:
        """Tell whether the value must not be shown because its denominator is too small.

        Counts, and means over a handful of workers, are facts at any size.
        """
        return self.kind in ("rate", "share") and too_few(denominator, norm)


def too_few(denominator: float | None, norm: Norm) -> bool:
    """Tell whether a ratio stands on too few cases (norm ``small_denominator``)."""
    return denominator is not None and denominator < norm.value


def _count(areas: pd.Series, size: int, where: npt.NDArray[np.bool_] | None = None) -> Floats:
    """Count rows per area."""
    position = areas.to_numpy()
    chosen = position if where is None else position[where]
    return np.bincount(chosen, minlength=size).astype(np.float64)


def _sum(facts: Facts, column: str) -> Floats:
    """Sum a column of the buildings per area."""
    buildings = facts.buildings
    return np.bincount(
        buildings["area"].to_numpy(), buildings[column].to_numpy(), minlength=facts.size
    ).astype(np.float64)


def _summed(column: str) -> Compute:
    """Make the computation of an indicator that is one column of the buildings."""

    def compute(facts: Facts, _window: Window) -> Fraction:
        return _sum(facts, column), None

    return compute


def occupied(facts: Facts) -> Floats:
    """Count occupied dwellings (resident or rented) per area."""
    return _sum(facts, "state_resident") + _sum(facts, "state_rented")


def _party_members(facts: Facts, _window: Window) -> Fraction:
    return _count(facts.members["area"], facts.size), None


def _party_contact(facts: Facts, window: Window) -> Fraction:
    since, until = facts.links["since_day"].to_numpy(), facts.links["until_day"].to_numpy()
    active = (since <= window.day) & (until > window.day)
    return _count(facts.links["area"], facts.size, active), occupied(facts)


def _reported(facts: Facts, window: Window) -> Floats:
    reported = facts.tickets["reported_us"].to_numpy()
    inside = (reported >= window.start_us) & (reported < window.stop_us)
    return _count(facts.tickets["area"], facts.size, inside)


def _tickets(facts: Facts, window: Window) -> Fraction:
    return _reported(facts, window), None


def _open_at(facts: Facts, window: Window) -> npt.NDArray[np.bool_]:
    """Tell which tickets were waiting at the snapshot.

    When a ticket was returned, or found unfounded or a duplicate, is not recorded: those were
    never open. A ticket closed later was.
    """
    tickets = facts.tickets
    closed = tickets["closed_us"].to_numpy()
    waiting = tickets["open"].to_numpy() | (closed != NEVER_US)
    reported = tickets["reported_us"].to_numpy() <= window.at_us
    return np.asarray(waiting & reported & (closed > window.at_us))


def _tickets_open(facts: Facts, window: Window) -> Fraction:
    return _count(facts.tickets["area"], facts.size, _open_at(facts, window)), None


def _tickets_overdue(facts: Facts, window: Window) -> Fraction:
    late = facts.tickets["due_us"].to_numpy() < window.at_us
    return _count(facts.tickets["area"], facts.size, _open_at(facts, window) & late), None


def _tickets_per_1000(facts: Facts, window: Window) -> Fraction:
    return _reported(facts, window), _sum(facts, "households")


def _on_time(facts: Facts, window: Window) -> Fraction:
    due, closed = facts.tickets["due_us"].to_numpy(), facts.tickets["closed_us"].to_numpy()
    finished = (due != NEVER_US) & (closed >= window.start_us) & (closed < window.stop_us)
    failed = _open_at(facts, window) & (due >= window.start_us) & (due < window.at_us)
    area = facts.tickets["area"]
    return (
        _count(area, facts.size, finished & (closed <= due)),
        _count(area, facts.size, finished | failed),
    )


def workers(facts: Facts, window: Window) -> Floats:
    """Count leaders and workers per area; somebody on k grids counts 1/k on each."""
    roles = facts.roles
    active = roles[(roles["from_day"] <= window.day) & (roles["to_day"] > window.day)]
    pairs = active[["staff", "area"]].drop_duplicates()
    grids = pairs.groupby("staff")["area"].transform("size").to_numpy()
    return np.bincount(
        pairs["area"].to_numpy(), 1.0 / np.maximum(grids, 1), minlength=facts.size
    ).astype(np.float64)


def _households_per_worker(facts: Facts, window: Window) -> Fraction:
    return _sum(facts, "households"), workers(facts, window)


def _visits(facts: Facts, window: Window) -> Fraction:
    at = facts.visits["at_us"].to_numpy()
    inside = (at >= window.start_us) & (at < window.stop_us)
    return _count(facts.visits["area"], facts.size, inside), None


def last_met_us(facts: Facts, at_us: int) -> npt.NDArray[np.int64]:
    """Return when each occupied household was last met, up to an instant.

    Never is the smallest integer: longer ago than any interval.
    """
    last = np.full(len(facts.households), np.iinfo(np.int64).min)
    at, household = facts.visits["at_us"].to_numpy(), facts.visits["household"].to_numpy()
    past = (at <= at_us) & (household >= 0)
    # Oldest first, and the last assignment wins.
    last[household[past]] = at[past]
    return last


def _households_visited(facts: Facts, window: Window) -> Fraction:
    recent = last_met_us(facts, window.at_us) > window.at_us - VISIT_YEAR_DAYS * DAY_US
    return _count(facts.households["area"], facts.size, recent), occupied(facts)


def _visits_overdue(facts: Facts, window: Window) -> Fraction:
    allowed = facts.households["visit_days"].to_numpy().astype(np.int64) * DAY_US
    last = last_met_us(facts, window.at_us)
    late = last < window.at_us - allowed
    return _count(facts.households["area"], facts.size, late), None


def _elderly_reach(facts: Facts, _window: Window) -> Fraction:
    return _sum(facts, "elderly_near"), _sum(facts, "age60")


_ENTRIES = (
    Indicator(
        key="households",
        label=N_("Households"),
        unit=N_("households"),
        direction="norm",
        timing="snapshot",
        numerator=N_("Dwellings that are lived in by owners, rented or vacant"),
        denominator="",
        formula=N_("Resident + rented + vacant dwellings; shops are counted apart."),
        kind="count",
        compute=_summed("households"),
        history=False,
        norm="grid_households",
    ),
    Indicator(
        key="residents",
        label=N_("Residents"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("People living in a household on record"),
        denominator="",
        formula=N_("Number of people on record in households."),
        kind="count",
        compute=_summed("residents"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="age60",
        label=N_("Residents 60+"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more at the data cut-off"),
        denominator="",
        formula=N_("Residents whose 60th birthday is not after the day of the data cut-off."),
        kind="count",
        compute=_summed("age60"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="age80",
        label=N_("Residents 80+"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 80 or more at the data cut-off"),
        denominator="",
        formula=N_("Residents whose 80th birthday is not after the day of the data cut-off."),
        kind="count",
        compute=_summed("age80"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="alone60",
        label=N_("Elderly living alone"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Residents of 60 or more who live alone"),
        denominator="",
        formula=N_("Residents of 60 or more whose living arrangement is recorded as alone."),
        kind="count",
        compute=_summed("alone60"),
        needs=("residents",),
        history=False,
    ),
    Indicator(
        key="party_members",
        label=N_("Party members"),
        unit=N_("people"),
        direction="neutral",
        timing="snapshot",
        numerator=N_("Party members on record"),
        denominator="",
        formula=N_(
            "Own members count in the grid they live in; members signed up from an employer "
            "elsewhere count for the community only."
        ),
        kind="count",
        compute=_party_members,
        needs=("party_members",),
        history=False,
    ),
    Indicator(
        key="party_contact_coverage",
        label=N_("Party contact coverage"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Occupied households in contact with a party household"),
        denominator=N_("Occupied households (resident or rented)"),
        formula=N_("Occupied households with an active contact link ÷ occupied households × 100."),
        kind="share",
        compute=_party_contact,
        needs=("households", "party_members"),
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="tickets",
        label=N_("Tickets"),
        unit=N_("tickets"),
        direction="neutral",
        timing="period",
        numerator=N_("Tickets reported in the period"),
        denominator="",
        formula=N_("Tickets of any state whose report time lies in the period."),
        kind="count",
        compute=_tickets,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_open",
        label=N_("Open tickets"),
        unit=N_("tickets"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Tickets pending or in progress at the end of the period"),
        denominator="",
        formula=N_(
            "Tickets reported and not closed at the end of the period (at most the data cut-off); "
            "returned, unfounded and duplicate ones are not counted."
        ),
        kind="count",
        compute=_tickets_open,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_overdue",
        label=N_("Overdue tickets"),
        unit=N_("tickets"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Open tickets past their due time"),
        denominator="",
        formula=N_(
            "Open tickets whose due time is before the end of the period (at most the data "
            "cut-off)."
        ),
        kind="count",
        compute=_tickets_overdue,
        needs=("tickets",),
    ),
    Indicator(
        key="tickets_per_1000_households",
        label=N_("Tickets per 1,000 households"),
        unit=N_("tickets per 1,000 households"),
        direction="down_good",
        timing="period",
        numerator=N_("Tickets reported in the period"),
        denominator=N_("Households (resident, rented, vacant)"),
        formula=N_("Tickets reported in the period ÷ households × 1,000."),
        kind="rate",
        compute=_tickets_per_1000,
        needs=("households", "tickets"),
        scale=1000,
        decimals=1,
    ),
    Indicator(
        key="on_time_rate",
        label=N_("Closed on time"),
        unit="%",
        direction="up_good",
        timing="period",
        numerator=N_("Tickets closed in the period, by their due time"),
        denominator=N_(
            "Tickets closed in the period that have a due time, plus tickets that fell due in the "
            "period and are still open"
        ),
        formula=N_(
            "Closed in the period not after the due time ÷ (closed in the period with a due time "
            "+ due in the period and open at its end) × 100."
        ),
        kind="share",
        compute=_on_time,
        needs=("tickets",),
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="households_per_worker",
        label=N_("Households per worker"),
        unit=N_("households"),
        direction="norm",
        timing="snapshot",
        numerator=N_("Households (resident, rented, vacant)"),
        denominator=N_("Grid leaders and grid workers"),
        formula=N_(
            "Households ÷ active grid leaders and workers; somebody on several grids of the "
            "community counts in equal parts on each."
        ),
        kind="mean",
        compute=_households_per_worker,
        needs=("households", "roles"),
        history=False,
        norm="worker_households",
    ),
    Indicator(
        key="visits",
        label=N_("Visits"),
        unit=N_("visits"),
        direction="up_good",
        timing="period",
        numerator=N_("Visits in the period that met somebody"),
        denominator="",
        formula=N_("Home visits in the period with the result met."),
        kind="count",
        compute=_visits,
        needs=("visits",),
    ),
    Indicator(
        key="households_visited_year",
        label=N_("Households visited within a year"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Occupied households met at least once in the last 365 days"),
        denominator=N_("Occupied households (resident or rented)"),
        formula=N_(
            "Occupied households met in the 365 days before the end of the period (at most the "
            "data cut-off) ÷ occupied households × 100."
        ),
        kind="share",
        compute=_households_visited,
        needs=("households", "visits"),
        memory_days=365,
        scale=100,
        decimals=1,
    ),
    Indicator(
        key="visits_overdue",
        label=N_("Households overdue for a visit"),
        unit=N_("households"),
        direction="down_good",
        timing="snapshot",
        numerator=N_("Occupied households whose last visit is older than allowed"),
        denominator="",
        formula=N_(
            "Occupied households not met within their interval: the shortest of their elderly "
            "members' care classes (7, 30 or 90 days), else 365 days. Never met counts as overdue."
        ),
        kind="count",
        compute=_visits_overdue,
        needs=("households", "visits"),
        memory_days=365,
    ),
    Indicator(
        key="elderly_service_reach",
        label=N_("Elderly within reach of a service"),
        unit="%",
        direction="up_good",
        timing="snapshot",
        numerator=N_("Residents 60+ whose building reaches an elderly service"),
        denominator=N_("Residents 60+"),
        formula=N_(
            "Residents 60+ with a canteen, day care or service centre of their street within "
            "500 m (straight line × 1.3, not yet along paths) ÷ residents 60+ × 100."
        ),
        kind="share",
        compute=_elderly_reach,
        needs=("residents", "facilities"),
        history=False,
        scale=100,
        decimals=1,
    ),
)

INDICATORS: dict[str, Indicator] = {entry.key: entry for entry in _ENTRIES}

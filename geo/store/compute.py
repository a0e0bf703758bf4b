"""Computing what is derived: counts per building, small-scale counts, shapes, figures.

Gather → decide → apply: frames are read by COPY (`geo.store.gather`), everything is decided in
arrays (`geo.store.facts`, `geo.indicators`), results are written by COPY; all in one transaction,
so a reader sees the old figures or the new ones, never a mixture.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
import sqlalchemy as sa

from geo import crs
from geo.cells import tessellate_stored
from geo.errors import N_, InputError
from geo.facts import Facts, Windows, microseconds, window
from geo.indicators import INDICATORS, Indicator
from geo.layers import CELL_RESOLUTIONS, TICKET_BIN_RESOLUTIONS
from geo.periods import Period, all_periods, local_day
from geo.plans import grid_shapes, label_points
from geo.schema import HOUSEHOLD_STATES
from geo.store import tables
from geo.store.arrays import positions, read_arrays, read_rows, read_shapes, run
from geo.store.facts import Areas, Plans, facts_of, presence
from geo.store.gather import Gathered, Selection, gather
from geo.store.writes import copy_frame
from geo.tickets import SIGNS, bins, centres, h3_cells, parents, signs
from geo.words import _

Positions = npt.NDArray[np.int64]

ONE_AT_A_TIME = 7_241_907
"""Advisory lock: two computations wait for each other instead of deleting each other's rows.

Imports take the same one (`geo.store.intake.lock`).
"""

_LOCAL_OFFSET_US = 8 * 3_600 * 1_000_000
_MEASURES = ("numerator", "denominator", "value")


@dataclass
class Report:
    """What a refresh did: how many of each, and how long each step took, seconds."""

    communities: int = 0
    cells: int = 0
    grid_shapes: int = 0
    ticket_cells: int = 0
    buildings: int = 0
    ticket_bins: int = 0
    building_bins: int = 0
    unit_points: int = 0
    values: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Say it in the language of this context."""
        if not self.communities:
            return [_("There is no community to compute.")]
        parts = [
            (self.cells, N_("Cut the cells of {n} buildings.")),
            (self.grid_shapes, N_("Shaped {n} grids.")),
            (self.ticket_cells, N_("Placed {n} tickets on the small-scale map.")),
            (self.buildings, N_("Counted households and people of {n} buildings.")),
            (self.ticket_bins, N_("Wrote {n} counts of tickets for small scales.")),
            (self.values, N_("Wrote {n} figures.")),
        ]
        done = _(
            "Computed {n} communities in {seconds} s.",
            n=self.communities,
            seconds=f"{sum(self.seconds.values()):.1f}",
        )
        return [*(_(text, n=f"{count:,}") for count, text in parts if count), done]


class _Steps:
    """A stopwatch over the steps of a refresh."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._at = time.perf_counter()

    def done(self, step: str) -> None:
        """Note the time since the last step."""
        now = time.perf_counter()
        self._report.seconds[step] = now - self._at
        self._at = now


def refresh(
    engine: sa.Engine,
    community_ids: Iterable[int] | None = None,
    *,
    now: datetime | None = None,
    as_of: datetime | None = None,
    figures_only: bool = False,
) -> Report:
    """Compute everything that is derived, for some communities or for all.

    Sets ``division.as_of`` (one cut-off per street, the latest event of its communities), missing
    cells, missing grid shapes and ``ticket.h3_10``, ``building_summary``, ``building_bin``,
    ``unit_summary``, ``ticket_bin`` and the indicator values of grids, communities and streets.

    Parameters
    ----------
    engine
        The app role is enough.
    community_ids
        What changed; None for all. When a street's cut-off moved, its other communities follow.
        (Only a computation of all moves a cut-off back, when the latest event was removed.)
    now
        Cut-off of a street that has neither tickets nor visits (default: the clock).
    as_of
        Cut-off of every street concerned, instead of its latest event: later tickets and visits
        do not count. People, dwellings, states and plans are those of now.
    figures_only
        Leave counts per building and for small scales as they are: only grids, roles or norms have
        changed, not people, buildings or tickets. (Where the cut-off moved all is computed.)

    Returns
    -------
    Report

    Raises
    ------
    GeometryError
        If a community's boundary or an outline is not usable for cells.
    """
    report = Report()
    with engine.begin() as connection:
        connection.execute(sa.text("SET LOCAL statement_timeout = 0"))
        wait_turn(connection)
        refresh_within(
            connection,
            community_ids,
            now=now,
            as_of=as_of,
            figures_only=figures_only,
            report=report,
        )
    return report


def wait_turn(connection: sa.Connection) -> None:
    """Wait until no other computation or import runs; until the transaction ends none begins.

    Whoever also locks rows takes this first, as imports and computations do.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(ONE_AT_A_TIME)))


def refresh_within(
    connection: sa.Connection,
    community_ids: Iterable[int] | None = None,
    *,
    now: datetime | None = None,
    as_of: datetime | None = None,
    figures_only: bool = False,
    report: Report | None = None,
) -> Report:
    """Do the work of `refresh` inside the caller's transaction, which has called `wait_turn`.

    Parameters and errors as `refresh`.
    """
    report = report if report is not None else Report()
    selection, cut_offs = choose(connection, community_ids, now=now, as_of=as_of)
    if selection.ids:
        kept = figures_only and not _moved(selection, cut_offs)
        derive(connection, selection, cut_offs, report, figures_only=kept)
        report.values += roll_up(connection, cut_offs)
    return report


def _moved(selection: Selection, cut_offs: Mapping[int, datetime]) -> bool:
    """Tell whether the cut-off of any community is another than it was."""
    rows = selection.communities
    return any(
        before != cut_offs[int(street)]
        for street, before in zip(rows["street_id"], rows["as_of"], strict=True)
    )


def derive(
    connection: sa.Connection,
    selection: Selection,
    cut_offs: Mapping[int, datetime],
    report: Report | None = None,
    *,
    figures_only: bool = False,
) -> Report:
    """Compute what is derived for some communities, all but the figures of their streets.

    Their cut-off is set with it, so that whatever fails keeps the one its figures are of.

    Parameters
    ----------
    cut_offs
        By street, as `choose` decided.
    figures_only
        As `refresh`.
    """
    report = report if report is not None else Report()
    report.communities = len(selection.ids)
    steps = _Steps(report)
    of_street = selection.communities["street_id"].map(cut_offs)
    _set_cut_offs(connection, dict(zip(selection.ids, of_street, strict=True)))
    _shape(connection, selection, report)
    steps.done("shapes")
    report.ticket_cells = _place_tickets(connection, selection)
    steps.done("ticket cells")
    last_day = {street: local_day(at).toordinal() for street, at in cut_offs.items()}
    gathered = _until(gather(connection, selection, last_day), selection, cut_offs)
    steps.done("gather")
    if not figures_only:
        _write_counts(connection, selection, gathered, cut_offs, report)
        steps.done("counts")
    values = _values(connection, selection, gathered, cut_offs)
    steps.done("indicators")
    report.values = _write_values(connection, selection, values)
    steps.done("write indicators")
    return report


def _until(gathered: Gathered, selection: Selection, cut_offs: Mapping[int, datetime]) -> Gathered:
    """Forget the tickets and visits after the cut-off, which may be earlier than the latest."""
    ends = np.array(
        [microseconds(cut_offs[int(one)]) for one in selection.communities["street_id"]],
        dtype=np.int64,
    )
    tickets, visits = gathered.tickets, gathered.visits
    home = gathered.buildings["community"].to_numpy()[visits["building"].to_numpy()]
    return replace(
        gathered,
        tickets=tickets[tickets["reported_us"].to_numpy() <= ends[tickets["community"].to_numpy()]],
        visits=visits[visits["at_us"].to_numpy() <= ends[home]],
    )


def _write_counts(
    connection: sa.Connection,
    selection: Selection,
    gathered: Gathered,
    cut_offs: Mapping[int, datetime],
    report: Report,
) -> None:
    """Replace the counts per building and stairwell, and those for small scales."""
    report.buildings = _write_summary(connection, selection, gathered.buildings)
    report.building_bins = _write_building_bins(connection, selection, gathered.buildings)
    report.unit_points = _write_unit_summary(connection, selection)
    report.ticket_bins = _write_ticket_bins(connection, selection, gathered.tickets, cut_offs)


def roll_up(connection: sa.Connection, cut_offs: Mapping[int, datetime]) -> int:
    """Replace the figures of streets by the sums of their communities' kept ones.

    Parameters
    ----------
    cut_offs
        By street; all its communities have this one.

    Returns
    -------
    int
        How many rows were written.
    """
    streets = sorted(cut_offs)
    _set_cut_offs(connection, cut_offs)
    run(connection, "compute/forget_values", owners=streets)
    rows = _street_rows(connection, streets, cut_offs)
    return copy_frame(connection, tables.indicator_value, rows)


# --------------------------------------------------------------------------- what, and up to when


def communities_of(engine: sa.Engine, codes: Sequence[str]) -> list[int]:
    """Return the ids of communities given by their 12-digit codes.

    Raises
    ------
    InputError
        If there is no such community.
    """
    with engine.connect() as connection:
        known = read_rows(connection, "compute/communities")
    by_code = dict(zip(known["code"], known["id"], strict=True))
    for code in codes:
        if code not in by_code:
            raise InputError(N_("There is no community with the code {code}."), code=code)
    return [int(by_code[code]) for code in codes]


def check_cut_off(connection: sa.Connection, as_of: datetime, now: datetime) -> None:
    """Refuse a cut-off at which there is nothing to tell.

    Raises
    ------
    InputError
        If it lies in the future, or before the first ticket.
    """
    if as_of > now:
        raise InputError(
            N_("{day} has not come yet. The data cannot end there."), day=str(local_day(as_of))
        )
    first = connection.scalar(sa.select(sa.func.min(tables.ticket.c.reported_at)))
    if first is not None and as_of < first:
        raise InputError(
            N_("The records begin on {first}; nothing can be told as of {day}."),
            first=str(local_day(first)),
            day=str(local_day(as_of)),
        )


def choose(
    connection: sa.Connection,
    community_ids: Iterable[int] | None = None,
    *,
    now: datetime | None = None,
    as_of: datetime | None = None,
) -> tuple[Selection, dict[int, datetime]]:
    """Decide which communities to compute, and up to when.

    Parameters as `refresh`.

    Returns
    -------
    Selection
        With the other communities of streets whose cut-off has moved.
    dict
        Cut-off by street.
    """
    known = read_rows(connection, "compute/communities")
    ids = known["id"] if community_ids is None else {int(one) for one in community_ids}
    known["wanted"] = known["id"].isin(ids)
    of_street = {int(one): known[known["street_id"] == one] for one in _streets(known)}
    if as_of is None:
        clock = now or datetime.now(UTC)
        cut_offs = {one: _latest(connection, rows, clock) for one, rows in of_street.items()}
    else:
        cut_offs = dict.fromkeys(of_street, as_of)
    moved = {one for one, rows in of_street.items() if _differs(rows, cut_offs[one])}
    chosen = known[known["wanted"] | known["street_id"].isin(moved)].drop(columns="wanted")
    return Selection(chosen.reset_index(drop=True), len(chosen) == len(known)), cut_offs


def _streets(known: pd.DataFrame) -> list[int]:
    return sorted(set(_ints(known[known["wanted"]]["street_id"])))


def _differs(members: pd.DataFrame, cut_off: datetime) -> bool:
    """Tell whether any community of a street has figures of another cut-off."""
    return not (members["as_of"] == cut_off).all()


def _latest(connection: sa.Connection, members: pd.DataFrame, now: datetime) -> datetime:
    """Return the cut-off of a street: the latest event of its communities."""
    wanted = members["wanted"]
    # What was not asked about has not changed: its cut-off is the street's, as it was …
    others = members[~wanted]["as_of"]
    events = [_event(connection, members[wanted]), *others]
    cut_off = _cut_off(events, members["as_of"], now)
    if len(others) and _differs(members, cut_off):
        # … unless its figures were of earlier than its records: then all records count.
        cut_off = _cut_off([_event(connection, members)], members["as_of"], now)
    return cut_off


def _event(connection: sa.Connection, communities: pd.DataFrame) -> Any:
    """Return the latest event of some communities of one street."""
    found = read_rows(connection, "compute/cut_off", communities=_ints(communities["id"]))
    return found["at"].max()


def _set_cut_offs(connection: sa.Connection, cut_offs: Mapping[int, datetime]) -> None:
    run(connection, "compute/set_cut_off", ids=[*cut_offs], instants=[*cut_offs.values()])


def _cut_off(events: list[Any], before: pd.Series, now: datetime) -> datetime:
    """Return the latest event, else what was set before, else now."""
    for candidates in (events, [*before], [now]):
        known = [pd.Timestamp(one) for one in candidates if not pd.isna(one)]
        if known:
            return max(known).to_pydatetime().astimezone(UTC)
    raise AssertionError  # `now` is always known


# ------------------------------------------------------------------------------------ the shapes


def _shape(connection: sa.Connection, selection: Selection, report: Report) -> None:
    """Cut cells where a building has none, and shape grids that have no polygon."""
    lacking = read_rows(connection, "compute/communities_without_cells", communities=selection.ids)
    recut = [int(one) for one in lacking["community_id"]]
    report.cells = sum(_cut_cells(connection, community) for community in recut)
    report.grid_shapes = _shape_grids(connection, selection.ids, recut)


def _cut_cells(connection: sa.Connection, community: int) -> int:
    """Cut one community into its buildings' cells.

    Raises
    ------
    GeometryError
        See `geo.cells.tessellate`.
    """
    outlines = read_shapes(connection, "compute/outlines", community=community)
    boundary = read_shapes(connection, "compute/boundary", community=community)["geom"].to_numpy()
    barriers = read_shapes(connection, "compute/barriers", community=community)["geom"].to_numpy()
    cells = tessellate_stored(_polygonal(outlines["geom"].to_numpy()), boundary[0], barriers)
    return run(
        connection,
        "compute/set_cells",
        ids=_ints(outlines["id"]),
        cells=list(shapely.to_wkb(cells)),
    )


def _polygonal(outlines: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Repair invalid outlines, keeping their areas and dropping stray lines."""
    invalid = np.flatnonzero(~shapely.is_valid(outlines))
    fixed = outlines.copy()
    for row in invalid:
        parts = shapely.get_parts(shapely.make_valid(outlines[row]))
        fixed[row] = shapely.union_all(parts[shapely.area(parts) > 0])
    return fixed


def _shape_grids(connection: sa.Connection, communities: list[int], recut: list[int]) -> int:
    cells = read_shapes(connection, "compute/grid_cells", communities=communities, recut=recut)
    if cells.empty:
        return 0
    ids, index = np.unique(cells["grid_id"].to_numpy(np.int64), return_inverse=True)
    # Unions of stored cells share every vertex with them; only the label needs metres.
    shapes, _labels = grid_shapes(cells["geom"].to_numpy(), index)
    middle = shapely.get_coordinates(shapely.centroid(shapes)).mean(axis=0)
    metres = crs.metric_crs(float(middle[0]), float(middle[1]))
    labels = crs.to_stored(label_points(crs.to_metric(shapes, metres)), metres)
    return run(
        connection,
        "compute/set_grid_shapes",
        ids=_ints(ids),
        shapes=list(shapely.to_wkb(shapes)),
        labels=list(shapely.to_wkb(labels)),
    )


def _ints(values: Iterable[Any]) -> list[int]:
    return [int(value) for value in values]


# --------------------------------------------------------------------------------- small scales


def _place_tickets(connection: sa.Connection, selection: Selection) -> int:
    """Fill ``ticket.h3_10`` where a place is known and the cell is not."""
    loose = read_arrays(
        connection,
        "compute/unplaced_tickets",
        {"id": "int8", "lon": "float8", "lat": "float8"},
        **selection.filter,
    )
    if loose.empty:
        return 0
    cells = h3_cells(loose["lon"].to_numpy(), loose["lat"].to_numpy())
    return run(
        connection, "compute/set_ticket_cells", ids=loose["id"].tolist(), cells=cells.tolist()
    )


def _write_summary(connection: sa.Connection, selection: Selection, buildings: pd.DataFrame) -> int:
    table = tables.building_summary
    run(connection, "compute/forget_summary", **selection.filter)
    counted = [name for name in table.c.keys() if name in buildings]  # noqa: SIM118 - not a dict
    frame = buildings[["id", *counted]].rename(columns={"id": "building_id"})
    frame["dominant_state"] = dominant_state(buildings)
    return copy_frame(connection, table, frame)


def dominant_state(buildings: pd.DataFrame) -> npt.NDArray[Any]:
    """Return the most frequent household state of each building, ``none`` without a dwelling.

    Of equally frequent ones, the first in the order resident, rented, vacant, shop.
    """
    names = [f"state_{state}" for state in HOUSEHOLD_STATES]
    counts = buildings[names].to_numpy()
    words: npt.NDArray[Any] = np.array([*HOUSEHOLD_STATES], dtype=object)
    return np.where(counts.sum(axis=1) > 0, words[counts.argmax(axis=1)], "none")


def _write_unit_summary(connection: sa.Connection, selection: Selection) -> int:
    """Count elderly people and party households per stairwell, for the map's points."""
    run(connection, "compute/forget_unit_summary", **selection.filter)
    return run(connection, "compute/unit_summary", **selection.filter)


def _write_building_bins(
    connection: sa.Connection, selection: Selection, buildings: pd.DataFrame
) -> int:
    """Sum the buildings' counts by H3 cell of their anchors."""
    table = tables.building_bin
    run(connection, "compute/forget_building_bins", **selection.filter)
    finest = max(CELL_RESOLUTIONS)
    cells = h3_cells(buildings["lon"].to_numpy(), buildings["lat"].to_numpy(), finest)
    summed = [name for name in table.c.keys() if name in buildings]  # noqa: SIM118 - not a dict
    measures = [name for name in summed if name != "community_id"]
    for resolution in CELL_RESOLUTIONS:
        frame = buildings[summed].assign(h3=parents(cells, resolution), res=resolution)
        binned = frame.groupby(["res", "h3", "community_id"], as_index=False)[measures].sum()
        copy_frame(connection, table, binned)
    return len(buildings)


def _write_ticket_bins(
    connection: sa.Connection,
    selection: Selection,
    tickets: pd.DataFrame,
    cut_offs: Mapping[int, datetime],
) -> int:
    """Count tickets by H3 cell, month, class, sign and community."""
    run(connection, "compute/forget_ticket_bins", **selection.filter)
    as_of = selection.communities["street_id"].map(
        {street: microseconds(at) for street, at in cut_offs.items()}
    )
    sign = signs(
        tickets["state"].to_numpy(),
        tickets["due_us"].to_numpy(),
        as_of.to_numpy(np.int64)[tickets["community"].to_numpy()],
    )
    counted = bins(
        tickets.assign(sign=sign, month=_months(tickets["reported_us"].to_numpy())),
        TICKET_BIN_RESOLUTIONS,
    )
    classes = np.append("", read_rows(connection, "compute/ticket_classes")["class_code"])
    lon, lat = centres(counted["h3"].to_numpy())
    frame = pd.DataFrame(
        {
            "res": counted["res"],
            "h3": counted["h3"],
            "month": counted["month"].to_numpy().astype("datetime64[M]").astype("datetime64[s]"),
            "class_code": classes[counted["class"].to_numpy()],
            "sign": np.array(SIGNS, dtype=object)[counted["sign"].to_numpy()],
            "community_id": np.array(selection.ids)[counted["community"].to_numpy()],
            "n": counted["n"],
            "geom": shapely.points(lon, lat),
        }
    )
    written = copy_frame(connection, tables.ticket_bin, frame)
    # All classes together once more: what most maps ask for, in a tenth of the rows.
    return written + run(connection, "compute/roll_up_ticket_bins", **selection.filter)


def _months(instants_us: npt.NDArray[np.int64]) -> Positions:
    """Return the local month of instants, months since January 1970."""
    local = (instants_us + _LOCAL_OFFSET_US).astype("datetime64[us]")
    return local.astype("datetime64[M]").astype(np.int64)


# ----------------------------------------------------------------------------------- the figures


def _values(
    connection: sa.Connection,
    selection: Selection,
    gathered: Gathered,
    cut_offs: Mapping[int, datetime],
) -> pd.DataFrame:
    """Compute all indicators of all grids and communities of a selection."""
    plans = _plans(connection, selection, gathered)
    served = set(gathered.facilities["street_id"])
    street_ids = np.array(selection.streets, dtype=np.int64)
    street = positions(street_ids, selection.communities["street_id"].to_numpy(np.int64))
    ids = np.array(selection.ids, dtype=np.int64)
    parts = []
    for position, own in enumerate(gathered.split(street)):
        street_id = int(street_ids[position])
        communities = ids[street == position]
        ours = positions(communities, ids)
        parts += _street_values(
            own, plans, communities, ours, cut_offs[street_id], facilities=street_id in served
        )
    return pd.concat(parts, ignore_index=True)


def _plans(connection: sa.Connection, selection: Selection, gathered: Gathered) -> Plans:
    plans = read_rows(connection, "compute/plans", communities=selection.ids)
    ids = {"plans": _ints(plans["id"])}
    assignments = read_arrays(
        connection,
        "compute/assignments",
        {"plan_id": "int8", "building_id": "int8", "grid_id": "int8"},
        **ids,
    )
    assignments["building"] = positions(
        gathered.buildings["id"].to_numpy(), assignments["building_id"].to_numpy()
    )
    roles = read_arrays(
        connection,
        "compute/roles",
        {"staff": "int8", "grid_id": "int8", "from_day": "date", "to_day": "date"},
        **ids,
    )
    return Plans(
        plans,
        read_rows(connection, "compute/grids", **ids).astype(np.int64),
        assignments,
        roles,
        read_shapes(connection, "compute/grid_geoms", **ids),
    )


def _street_values(
    gathered: Gathered,
    plans: Plans,
    communities: Positions,
    ours: Positions,
    as_of: datetime,
    *,
    facilities: bool,
) -> list[pd.DataFrame]:
    """Compute the figures of a street's grids and communities.

    Periods that fall under the same plans share their facts.
    """
    periods, last = all_periods(as_of), local_day(as_of)
    by_plans: dict[tuple[int, ...], list[Period]] = {}
    for period in periods:
        # What is shown now is the published plan, also one that began after the data ended.
        day = period.last_day if period.last_day < last else date.max
        in_force = plans.in_force(communities, day)
        by_plans.setdefault(tuple(_ints(in_force)), []).append(period)
    parts = []
    for chosen, under in by_plans.items():
        grids = plans.grids[plans.grids["plan_id"].isin(chosen)].reset_index(drop=True)
        areas = Areas(grids, communities, np.array(chosen, dtype=np.int64))
        full = any(period.last_day == last for period in under)
        facts = facts_of(gathered, plans, areas, ours, full=full)
        there = presence(facts, areas, facilities=facilities)
        parts.append(_frame(facts, areas, there, under, as_of))
    return parts


def _frame(
    facts: Facts,
    areas: Areas,
    there: dict[str, npt.NDArray[np.bool_]],
    periods: Sequence[Period],
    as_of: datetime,
) -> pd.DataFrame:
    """Compute the figures of one set of plans: a row for each indicator, period and area."""
    last = local_day(as_of)
    now = [period for period in periods if period.last_day == last]
    parts = []
    for under, history in ((periods, True), (now, False)):
        windows = Windows.of([window(period, as_of) for period in under])
        for indicator in INDICATORS.values():
            known = np.logical_and.reduce([there[subject] for subject in indicator.needs])
            if indicator.history == history and under and known.any():
                measured = _measure(indicator, facts, windows, areas)
                rows = np.append(known[areas.community[: len(areas.grids)]], known).nonzero()[0]
                parts.append(_Part(indicator, under, rows, measured[:, :, rows]))
    return _stacked(parts, _labels(areas), as_of)


def _labels(areas: Areas) -> pd.DataFrame:
    """Return who each row of figures is about: first the grids, then the communities."""
    grids, count = areas.grids, len(areas.communities)
    kinds = np.repeat(np.array(["grid", "community"], dtype=object), [len(grids), count])
    return pd.DataFrame(
        {
            "area_kind": kinds,
            "area_id": np.append(grids["id"].to_numpy(np.int64), areas.communities),
            "community_id": np.append(grids["community_id"].to_numpy(np.int64), areas.communities),
            "plan_id": np.append(grids["plan_id"].to_numpy(np.int64), areas.plans),
        }
    )


def _measure(
    indicator: Indicator, facts: Facts, windows: Windows, areas: Areas
) -> npt.NDArray[np.float64]:
    """Return numerator, denominator and value of grids and communities, (3, windows, rows)."""
    numerator, denominator = (
        None if part is None else _rolled(part, windows, areas)
        for part in indicator.compute(facts, windows)
    )
    assert numerator is not None  # noqa: S101 - tells mypy what `Fraction` says
    value = indicator.value(numerator, denominator)
    missing = np.full(numerator.shape, np.nan)
    return np.stack([numerator, missing if denominator is None else denominator, value])


def _rolled(
    counts: npt.NDArray[np.float64], windows: Windows, areas: Areas
) -> npt.NDArray[np.float64]:
    """Replace the rests by the communities' totals; shape (windows, rows)."""
    size = len(areas.communities)
    table = np.broadcast_to(counts, (len(windows), areas.size))
    community = np.arange(len(windows))[:, None] * size + areas.community
    total = np.bincount(community.ravel(), table.ravel(), minlength=len(windows) * size)
    return np.hstack([table[:, : len(areas.grids)], total.reshape(len(windows), size)])


class _Part(NamedTuple):
    """The figures of one indicator.

    Attributes
    ----------
    indicator
        Which.
    periods
        Of its rows.
    rows
        Which of the labels have figures, shape (n,).
    measured
        Numerator, denominator and value, shape (3, periods, n).
    """

    indicator: Indicator
    periods: Sequence[Period]
    rows: Positions
    measured: npt.NDArray[np.float64]


def _stacked(parts: list[_Part], labels: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Write the parts below each other."""
    sizes = [len(part.periods) * len(part.rows) for part in parts]
    rows = _joined([np.tile(part.rows, len(part.periods)) for part in parts], np.int64)
    frame = pd.DataFrame({name: labels[name].to_numpy()[rows] for name in labels})
    keys, versions = ([getattr(p.indicator, name) for p in parts] for name in ("key", "version"))
    frame["indicator"] = np.repeat(np.array(keys, dtype=object), sizes)
    frame["version"] = np.repeat(np.array(versions, dtype=np.int64), sizes)
    for name, end in (("period_from", "start"), ("period_to", "end")):
        days = [np.array([getattr(one, end) for one in p.periods], "datetime64[s]") for p in parts]
        each = [np.repeat(day, len(p.rows)) for day, p in zip(days, parts, strict=True)]
        frame[name] = _joined(each, "datetime64[s]")
    for place, name in enumerate(_MEASURES):
        frame[name] = _joined([part.measured[place].ravel() for part in parts], np.float64)
    frame["as_of"] = as_of
    return frame


def _joined(arrays: list[npt.NDArray[Any]], dtype: Any) -> npt.NDArray[Any]:
    return np.concatenate([np.empty(0, dtype), *arrays])


def _write_values(connection: sa.Connection, selection: Selection, values: pd.DataFrame) -> int:
    """Replace the figures of the selection."""
    run(connection, "compute/forget_values", owners=selection.ids)
    planned = values.assign(plan_id=pd.array(values["plan_id"].to_numpy(), dtype="Int64"))
    planned.loc[values["plan_id"] < 0, "plan_id"] = pd.NA
    return copy_frame(connection, tables.indicator_value, planned)


def _street_rows(
    connection: sa.Connection, streets: list[int], cut_offs: Mapping[int, datetime]
) -> pd.DataFrame:
    """Sum the communities' numerators and denominators, also of communities not computed now."""
    summed = read_rows(connection, "compute/community_values", streets=streets)
    numerator, denominator = (summed[name].to_numpy(np.float64) for name in _MEASURES[:2])
    value = np.empty(len(summed))
    for key, rows in summed.groupby("indicator").indices.items():
        indicator = INDICATORS[str(key)]
        counted = indicator.kind == "count"
        value[rows] = indicator.value(numerator[rows], None if counted else denominator[rows])
    return summed.rename(columns={"street_id": "area_id"}).assign(
        area_kind="street",
        numerator=numerator,
        denominator=denominator,
        value=value,
        community_id=summed["street_id"],
        version=[INDICATORS[key].version for key in summed["indicator"]],
        as_of=summed["street_id"].map(cut_offs),
    )

"""Twelve months of tickets: where, when, what, how handled, and each one's history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.demo import rhythm
from etl.demo.categories import catalogue
from etl.demo.draft import SOURCE
from etl.demo.ground import placed
from etl.demo.hotspots import Hotspot, scattered
from etl.demo.place import Place
from etl.demo.staff import Team

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]
Words = npt.NDArray[np.object_]

HANDLING = np.array(["on_spot", "promised", "coordinated"], dtype=object)
CHANNELS = np.array(["12345", "snapshot", "patrol", "platform", "qr", "meeting", "other"], object)
CHANNEL_SHARES = (0.33, 0.18, 0.27, 0.13, 0.05, 0.02, 0.02)
STATES = np.array(["pending", "active", "closed", "returned", "unfounded", "duplicate"], object)
PENDING, ACTIVE, CLOSED, RETURNED, UNFOUNDED, DUPLICATE = range(6)
REPEATS = 0.19
REPEAT_DAYS = 45.0
EVENING_CLASSES = ("E04", "S03")
LIFT_STOREYS = 7
LATE = 0.035
STUCK = 0.004
HOUR = np.timedelta64(1, "h")


@dataclass
class Reports:
    """Tickets of one community as arrays, sorted by time.

    Attributes
    ----------
    times, xy
        When and where (metric).
    category
        Position in the catalogue.
    repeat_of
        Position of the first ticket from the same address, -1 for first ones.
    """

    times: Times
    xy: Floats
    category: Ints
    repeat_of: Ints

    def __len__(self) -> int:
        return len(self.times)


# -------------------------------------------------------------------------- where and when


class _Spots:
    """Turns a building and a kind of spot into a point."""

    def __init__(self, place: Place) -> None:
        self.land = place.land
        inner = self.land.outline.buffer(-5)
        roads = shapely.intersection(placed(self.land.ground.lines, place.code), inner)
        parts = shapely.get_parts(roads)
        if self.land.ground.edges:
            parts = np.append(parts, self.land.outline.buffer(-9).exterior)
        self.roads = parts[shapely.length(parts) > 0]
        self.road = shapely.STRtree(self.roads).nearest(self.land.anchors)

    def points(self, building: Ints, spot: Words, rng: np.random.Generator) -> Floats:
        """Return one point per ticket, shape (n, 2)."""
        n = len(building)
        xy = self.land.xy[building] + rng.normal(0, 3.0, (n, 2))
        yard = spot == "yard"
        xy[yard] += rng.normal(0, 11.0, (int(yard.sum()), 2))
        street = np.flatnonzero(spot == "street")
        line = self.roads[self.road[building[street]]]
        along = shapely.line_locate_point(line, self.land.anchors[building[street]])
        along = np.clip(along + rng.normal(0, 26, len(street)), 0, shapely.length(line))
        on_road = shapely.line_interpolate_point(line, along)
        xy[street] = shapely.get_coordinates(on_road) + rng.normal(0, 3.0, (len(street), 2))
        outside = ~shapely.contains_xy(self.land.outline, xy[:, 0], xy[:, 1])
        xy[outside] = self.land.xy[building[outside]]
        return np.asarray(xy)


def _base(place: Place, n: int, rng: np.random.Generator) -> Reports:
    """Draw ordinary tickets, more where more people live, and more in some buildings."""
    land, entries = place.land, catalogue()
    weight = land.count_homes(0, 1) + 2.0 * land.count_homes(3) + 0.4 * land.count_homes(2) + 3
    weight = weight * rng.gamma(2.6, 1 / 2.6, len(weight))
    building = rng.choice(len(weight), n, p=weight / weight.sum())
    shares = entries["weight"].to_numpy()
    category = rng.choice(len(entries), n, p=shares / shares.sum())
    category = _without_lifts(category, land.homes.storeys[building])
    spot = entries["spot"].to_numpy(object)[category]
    xy = _Spots(place).points(building, spot, rng)
    reports = Reports(_times(place, category, rng), xy, category, np.full(n, -1))
    return _repeated(_sorted(reports), rng)


def _without_lifts(category: Ints, storeys: Ints) -> Ints:
    """Turn broken lifts into blocked drains where there is no lift."""
    codes = catalogue()["code"].tolist()
    low = (category == codes.index("C0504")) & (storeys < LIFT_STOREYS)
    return np.where(low, codes.index("C0503"), category)


def _times(place: Place, category: Ints, rng: np.random.Generator) -> Times:
    evening = np.isin(catalogue()["class_code"].to_numpy(object)[category], EVENING_CLASSES)
    as_of = place.draft.as_of
    weights = rhythm.day_weights(as_of, rng)
    times = rhythm.moments(len(category), weights, rhythm.USUAL, as_of, rng)
    late = rhythm.moments(int(evening.sum()), weights, rhythm.EVENING, as_of, rng)
    times[evening] = late
    return times


def _sorted(reports: Reports) -> Reports:
    order = np.argsort(reports.times, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    again = np.where(reports.repeat_of >= 0, place[reports.repeat_of], -1)
    return Reports(reports.times[order], reports.xy[order], reports.category[order], again[order])


def _repeated(reports: Reports, rng: np.random.Generator) -> Reports:
    """Make some tickets repeats: same address, same thing, within some weeks."""
    n = len(reports)
    reach = max(3.0, n * REPEAT_DAYS / rhythm.DAYS / 3)
    parent = np.arange(n)
    chosen = rng.choice(np.arange(20, n), round(n * REPEATS), replace=False)
    parent[chosen] = np.maximum(0, chosen - 1 - rng.geometric(1 / reach, len(chosen)))
    while (parent[parent] != parent).any():
        parent = parent[parent]
    again = parent != np.arange(n)
    reports.xy, reports.category = reports.xy[parent], reports.category[parent]
    reports.repeat_of = np.where(again, parent, -1)
    return reports


def _planted(place: Place, spot: Hotspot, rng: np.random.Generator) -> Reports:
    """Draw the tickets of one hotspot."""
    entries, as_of = catalogue(), place.draft.as_of
    of_class = np.flatnonzero(entries["class_code"] == spot.class_code)
    shares = entries["weight"].to_numpy()[of_class]
    n = spot.planted
    weights = np.zeros(rhythm.DAYS + 1)
    weights[spot.first_day : spot.last_day + 1] = 1.0
    peaks = rhythm.EVENING if spot.class_code in EVENING_CLASSES else rhythm.USUAL
    category = rng.choice(of_class, n, p=shares / shares.sum())
    category = _without_lifts(category, np.zeros(n, dtype=np.int64))
    times = rhythm.moments(n, weights, peaks, as_of, rng)
    return Reports(times, scattered(place, spot, rng), category, np.full(n, -1))


def draw(place: Place, spots: list[Hotspot]) -> Reports:
    """Draw all tickets of a community; the last is reported right at the cut-off."""
    rng = place.chance("tickets")
    n = place.land.recipe.tickets - sum(spot.planted for spot in spots)
    parts = [_base(place, n, rng), *(_planted(place, spot, rng) for spot in spots)]
    whole = Reports(
        np.concatenate([p.times for p in parts]),
        np.concatenate([p.xy for p in parts]),
        np.concatenate([p.category for p in parts]),
        np.concatenate([p.repeat_of for p in parts]),
    )
    whole.times[np.argmax(whole.times)] = rhythm.utc(place.draft.as_of)
    return _sorted(whole)


# ---------------------------------------------------------------------------------- handling


@dataclass
class Handled:
    """How each ticket went: positions in `HANDLING`, `STATES`; NaT and 0 where not yet."""

    handling: Ints
    due: Times
    end: Times
    state: Ints
    closed: Times
    rating: Ints


def handle(reports: Reports, as_of: np.datetime64, rng: np.random.Generator) -> Handled:
    """Decide each ticket's handling, due time, end and state at the cut-off.

    ``end`` is when it is closed, perhaps after the cut-off; about 96 % are closed on time.
    """
    n, entries = len(reports), catalogue()
    usual = np.searchsorted(np.sort(HANDLING), entries["handling"].to_numpy(str))
    usual = np.argsort(HANDLING)[usual][reports.category]
    handling = np.where((usual == 0) & (rng.random(n) < 0.2), 1, usual)
    allowed_h = entries["due_h"].to_numpy()[reports.category] * np.where(handling > usual, 3, 1)
    due = reports.times + allowed_h * HOUR
    used = rng.beta(2.2, 2.0, n) * 0.97
    late = rng.random(n) < LATE
    used[late] = 1.05 + rng.exponential(0.7, int(late.sum()))
    end = reports.times + (used * allowed_h * 3600).astype("timedelta64[s]")
    recent = reports.times > as_of - np.timedelta64(120, "D")
    end[recent & (rng.random(n) < STUCK)] = as_of + np.timedelta64(30, "D")
    state = _states(reports, end, as_of, rng)
    closed = np.where(state == CLOSED, end, np.datetime64("NaT", "us"))
    rating = rng.choice([0, 5, 4, 3, 2, 1], n, p=(0.42, 0.36, 0.14, 0.05, 0.02, 0.01))
    rated = (state == CLOSED) & (end < as_of - 40 * HOUR)
    return Handled(handling, due, end, state, closed, np.where(rated, rating, 0))


def _states(reports: Reports, end: Times, as_of: np.datetime64, rng: np.random.Generator) -> Ints:
    n = len(reports)
    lot = rng.random(n)
    age_h = (as_of - reports.times) / HOUR
    waiting = (age_h < 5) | ((age_h < 72) & (lot < 0.22))
    state = np.where(end <= as_of, CLOSED, np.where(waiting, PENDING, ACTIVE))
    settled = age_h > 20
    void = rng.random(n)
    state[settled & (void < 0.018)] = RETURNED
    state[settled & (void > 0.98)] = UNFOUNDED
    state[settled & (reports.repeat_of >= 0) & (lot > 0.88)] = DUPLICATE
    return state


# ------------------------------------------------------------------------------------ tables


def _addresses(place: Place, cell: Ints, category: Ints) -> Words:
    street = catalogue()["spot"].to_numpy(object)[category] == "street"
    near = np.where(street, "附近道路", "").astype(object)
    return np.asarray(place.addresses[cell] + near)


def record(place: Place, reports: Reports, team: Team) -> None:
    """Write a community's tickets and their histories into the draft."""
    rng = place.chance("tickets").spawn(1)[0]
    handled = handle(reports, rhythm.utc(place.draft.as_of), rng)
    points = shapely.points(reports.xy)
    cell = shapely.STRtree(place.land.cells).nearest(points)
    frame = _frame(place, reports, handled, cell, rng)
    frame["geom"] = place.land.stored(points)
    place.draft.add("ticket", frame)
    first = np.unique(team.grid, return_index=True)[1]
    worker = team.names[first[place.land.cut.of_building[cell]]]
    ids = frame["id"].to_numpy()
    place.draft.add("ticket_event", _events(place, reports, handled, ids, worker))


def _frame(
    place: Place, reports: Reports, handled: Handled, cell: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    n, entries = len(reports), catalogue()
    ids = place.draft.take("ticket", n)
    address = _addresses(place, cell, reports.category)
    channel = rng.choice(len(CHANNELS), n, p=CHANNEL_SHARES)
    rows = {
        "id": ids,
        "source": SOURCE,
        "external_id": np.char.add(
            f"{place.code}-T", np.char.zfill(np.arange(1, n + 1).astype(str), 6)
        ).astype(object),
        "channel": CHANNELS[channel],
        "community_id": place.community_id,
        "building_id": place.building_id[cell],
        "category_code": entries["code"].to_numpy(object)[reports.category],
        "class_code": entries["class_code"].to_numpy(object)[reports.category],
        "handling": HANDLING[handled.handling],
        "state": STATES[handled.state],
        "title": address + "：" + entries["name"].to_numpy(object)[reports.category],
        "address": address,
        "reported_at": _zoned(reports.times),
        "due_at": _zoned(handled.due),
        "closed_at": _zoned(handled.closed),
        "satisfaction": _nullable(handled.rating, handled.rating > 0),
        "repeat_of_id": _nullable(ids[reports.repeat_of], reports.repeat_of >= 0),
    }
    return pd.DataFrame(rows)


def _zoned(times: Times) -> Any:
    return pd.DatetimeIndex(times.astype("datetime64[us]")).tz_localize("UTC")


def _nullable(values: Ints, known: Bools) -> Any:
    return pd.arrays.IntegerArray(values.astype(np.int64), ~known)


STEPS = (
    ("received", (PENDING, ACTIVE, CLOSED, RETURNED, UNFOUNDED, DUPLICATE), 0.0, "受理中心"),
    ("filed", (ACTIVE, CLOSED, RETURNED), 0.06, "受理中心"),
    ("dispatched", (ACTIVE, CLOSED, UNFOUNDED), 0.12, "调度岗"),
    ("arrived", (CLOSED, UNFOUNDED), 0.5, ""),
    ("handled", (CLOSED,), 0.88, ""),
    ("feedback", (CLOSED,), 0.95, ""),
    ("closed", (CLOSED,), 1.0, "受理中心"),
    ("returned", (RETURNED,), 0.4, "调度岗"),
    ("unfounded", (UNFOUNDED,), 0.7, ""),
    ("duplicate", (DUPLICATE,), 0.05, "受理中心"),
)
"""Action, states it happens in, when (part of the time to the end), who (empty: the worker)."""


def _events(
    place: Place, reports: Reports, handled: Handled, ids: Ints, worker: Words
) -> pd.DataFrame:
    """Write the history that leads to each ticket's state."""
    as_of = rhythm.utc(place.draft.as_of)
    span = np.minimum(handled.end, as_of) - reports.times
    on_spot = handled.handling == 0
    parts = []
    for action, states, part, actor in STEPS:
        chosen = np.isin(handled.state, states)
        if action == "feedback":
            chosen &= ~on_spot
        at = reports.times[chosen] + (span[chosen] * part).astype("timedelta64[us]")
        parts.append(_step(ids[chosen], at, action, actor or worker[chosen]))
    rated = handled.rating > 0
    later = handled.end[rated] + np.timedelta64(26, "h")
    parts.append(_step(ids[rated], later, "rated", "居民"))
    late = (handled.end > handled.due) & (handled.due <= as_of) & np.isin(handled.state, (1, 2))
    asked = late & (ids % 2 == 0)
    parts.append(_step(ids[asked], handled.due[asked] - HOUR, "extended", worker[asked]))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.sort_values(["ticket_id", "at"], kind="stable", ignore_index=True)
    frame.insert(0, "id", place.draft.take("ticket_event", len(frame)))
    return frame


def _step(ids: Ints, at: Times, action: str, actor: str | Words) -> pd.DataFrame:
    return pd.DataFrame({"ticket_id": ids, "at": _zoned(at), "action": action, "actor": actor})

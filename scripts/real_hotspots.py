"""Print what each hot spot method says of real and planted data: the figures of docs/hotspots.md.

``python scripts/real_hotspots.py [memphis] [nyc] [street]``: robberies of Memphis in 2019 with
population, complaints of a New York portal export (both in ``WANGGE_TEST_DATA_DIR``), and the demo
street in the database with the spots that were planted in it. Some minutes each; without names all.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo import repeats, scan, settings, words
from geo.areas import areas_of
from geo.cases import Cases
from geo.errors import N_, FileError, WanggeError
from geo.facts import DAY_US, NEVER_US
from geo.hotspots import expected_cases
from geo.studies import Question, Study, answer
from geo.studies.explain import SHORTAGES
from geo.studies.places import areas_for, looked_at, relative_risk

EPOCH = date(1970, 1, 1).toordinal()
YEAR_2019 = (date(2019, 1, 1).toordinal(), date(2020, 1, 1).toordinal())
ROUNDED_DEG = 0.001
"""Robberies are told to three digits of a degree: about 110 m."""

FEW = 20
JITTERS = 20
OFTEN = 0.9
GROUP_DIGITS = 12
"""Of a block's number: those of its group of blocks."""

SURE, SURE_LEVEL = 0.05, 2
WEEKS = 52
DEMO_COMMUNITY = "350102001002"
MOST_ROWS = 12

NO_ROADS = pd.DataFrame({"name": pd.Series(dtype=object), "geom": pd.Series(dtype=object)})
NO_BUILDINGS = pd.DataFrame(
    {
        **{name: pd.Series(dtype="int64") for name in ("id", "community_id", "grid", "households")},
        **{name: pd.Series(dtype=object) for name in ("compound", "number", "name")},
        **{name: pd.Series(dtype="float64") for name in ("lon", "lat")},
    }
)
NO_GRIDS = pd.DataFrame(
    {"id": pd.Series(dtype="int64"), "code": pd.Series(dtype=object)}
    | {"name": pd.Series(dtype=object), "community_id": pd.Series(dtype="int64")}
)


@dataclass(frozen=True)
class Subject:
    """Cases with their period, and what was planted in them, if anything."""

    cases: Cases
    start: int
    stop: int
    planted: tuple[dict[str, Any], ...] = ()


# -------------------------------------------------------------------------------- public data


def public(name: str) -> Path:
    """Return a folder of public data.

    Raises
    ------
    FileError
        If it is not there.
    """
    folder = settings.testing().test_data_dir
    if folder is None or not (folder / name).is_dir():
        raise FileError(N_("There is no folder {folder}."), folder=str((folder or Path()) / name))
    return folder / name


def tickets(places: pd.DataFrame, when: pd.Series, codes: pd.Series) -> pd.DataFrame:
    """Make tickets of events; times are taken as local ones, nothing is closed or a repeat."""
    reported = when.to_numpy("datetime64[us]").astype(np.int64)
    made: dict[str, Any] = {
        "id": np.arange(len(places)),
        "lon": places["lon"].to_numpy(),
        "lat": places["lat"].to_numpy(),
        "reported_us": reported,
        "closed_us": np.full(len(places), NEVER_US),
        "day": reported // DAY_US + EPOCH,
        "class_code": codes.to_numpy(object),
        "category_code": codes.to_numpy(object),
        "building": np.full(len(places), -1),
        "repeat": np.zeros(len(places), dtype=bool),
    }
    return pd.DataFrame(made)


def memphis() -> Subject:
    """Robberies of 2019; census blocks stand for buildings, their people for households."""
    folder = public("memphis")
    robberies, people, precincts = (
        gpd.read_file(folder / f"memphis_{name}.geojson")
        for name in ("robberies", "population", "precincts")
    )
    at = pd.DataFrame({"lon": robberies.geometry.x, "lat": robberies.geometry.y})
    made = tickets(at, robberies["date"].dt.tz_localize(None), robberies["offense_type"])
    grids = pd.DataFrame(
        {"id": range(len(precincts)), "code": precincts["precinct"].astype(object)}
        | {"name": precincts["precinct"].astype(object), "community_id": 1}
    )
    blocks = pd.DataFrame(
        {"id": range(len(people)), "community_id": 1, "compound": people["geoid"].astype(object)}
        | {"number": "", "name": "", "grid": _within(people.geometry, precincts.geometry)}
        | {"households": people["population"].astype(int)}
        | {"lon": people.geometry.x, "lat": people.geometry.y}
    )
    shapes = precincts.geometry.to_numpy()
    cases = Cases(made, blocks, grids, np.array(shapes, dtype=object), NO_ROADS)
    # As robberies have no address, they count at the nearest block.
    placed = cases.tickets.assign(building=cases.nearest)
    return Subject(replace(cases, tickets=placed), *YEAR_2019)


def memphis_places() -> Subject:
    """Robberies at the places they are told for, without people: fewer circles than blocks."""
    found = memphis()
    bare = found.cases.tickets.assign(building=-1)
    return replace(found, cases=replace(found.cases, tickets=bare, buildings=NO_BUILDINGS))


def _within(points: Any, shapes: Any) -> npt.NDArray[np.int64]:
    found = np.full(len(points), -1)
    point, shape = shapely.STRtree(shapes.to_numpy()).query(points.to_numpy(), "intersects")
    found[point] = shape
    return found


def nyc() -> Subject:
    """Complaints of a portal export: no buildings, no households, some rows without a place."""
    file = public("nyc311") / "nyc311_portal_export.csv"
    rows = pd.read_csv(file, dtype=str)
    when = pd.to_datetime(rows["Created Date"], format="%m/%d/%Y %I:%M:%S %p")
    at = rows[["Longitude", "Latitude"]].astype(float).set_axis(["lon", "lat"], axis=1)
    made = tickets(at, when, rows["Complaint Type"].str.strip())
    placed = at["lon"].notna().to_numpy()
    unplaced = made.loc[~placed, ["day", "class_code", "repeat"]]
    kept = made[placed].reset_index(drop=True)
    empty = np.array([], dtype=object)
    cases = Cases(kept, NO_BUILDINGS, NO_GRIDS, empty, NO_ROADS, unplaced)
    return Subject(cases, int(made["day"].min()), int(made["day"].max()) + 1)


def street() -> Subject:
    """One community of the demo, with what was planted in it."""
    from geo.store import case_rows, queries  # noqa: PLC0415 - only this needs a database
    from geo.store.access import local_leader  # noqa: PLC0415
    from geo.store.engine import open_store  # noqa: PLC0415

    truth = json.loads((settings.PROJECT_DIR / "data" / "demo_truth.json").read_text("utf-8"))
    stop = date.fromisoformat(truth["as_of"][:10]) + timedelta(days=1)
    start, viewer = stop - timedelta(days=364), local_leader()
    with open_store("app") as engine, engine.connect() as connection:
        inside = [
            row["id"]
            for one in queries.streets(connection, viewer)
            for row in queries.communities(connection, viewer, one["id"])
            if row["code"] == DEMO_COMMUNITY
        ]
        cases = case_rows.read(connection, viewer, inside, start, stop)
    planted = tuple(one for one in truth["hotspots"] if one["community"] == DEMO_COMMUNITY)
    return Subject(cases, start.toordinal(), stop.toordinal(), planted)


# ------------------------------------------------------------------------------ what is asked

Asked = tuple[str, dict[str, Any]]

MEMPHIS: tuple[Asked, ...] = (
    ("Gi*, robberies, 500 m", {"method": "gi", "unit": "s500", "measure": "count"}),
    ("the same, ArcGIS", {"method": "gi", "unit": "s500", "measure": "count", "mode": "arcgis"}),
    ("Gi*, per person, 500 m", {"method": "gi", "unit": "s500", "measure": "rate"}),
    ("Gi*, robberies, H3 8", {"method": "gi", "unit": "h8", "measure": "count"}),
    ("Gi*, per person, H3 8", {"method": "gi", "unit": "h8", "measure": "rate"}),
    ("Gi*, robberies, 1 km", {"method": "gi", "unit": "s1000", "measure": "count"}),
    ("Gi*, per person, 1 km", {"method": "gi", "unit": "s1000", "measure": "rate"}),
    ("Gi*, precincts", {"method": "gi", "unit": "grid", "measure": "rate"}),
    ("emerging by month, 1 km", {"method": "emerging", "unit": "s1000", "step": "month"}),
    (
        "the same, ArcGIS",
        {"method": "emerging", "unit": "s1000", "step": "month", "mode": "arcgis"},
    ),
    ("emerging by week, 1 km", {"method": "emerging", "unit": "s1000", "step": "week"}),
    ("Poisson, 1 km", {"method": "scan", "scan": "poisson", "radius_m": 1000.0}),
    ("Poisson, 2 km", {"method": "scan", "scan": "poisson", "radius_m": 2000.0}),
    ("repeat blocks", {"method": "repeats"}),
    ("groups, 250 m", {"method": "groups", "radius_m": 250.0}),
)

MEMPHIS_PLACES: tuple[Asked, ...] = (
    ("permutation, 1 km", {"method": "scan", "radius_m": 1000.0}),
    ("permutation, 2 km", {"method": "scan", "radius_m": 2000.0}),
    ("permutation, now, 2 km", {"method": "scan", "radius_m": 2000.0, "prospective": True}),
)

NYC: tuple[Asked, ...] = (
    ("Gi*, 1 km", {"method": "gi", "unit": "s1000", "measure": "count"}),
    ("Gi*, 1 km, ArcGIS", {"method": "gi", "unit": "s1000", "measure": "count", "mode": "arcgis"}),
    ("Gi*, 1 km, all", {"method": "gi", "unit": "s1000", "measure": "count", "each": False}),
    ("Gi*, 2 km, all", {"method": "gi", "unit": "s2000", "measure": "count", "each": False}),
    ("emerging by month, 2 km", {"method": "emerging", "unit": "s2000", "step": "month"}),
    ("Poisson, 2 km", {"method": "scan", "scan": "poisson", "radius_m": 2000.0}),
    ("permutation, 2 km, all", {"method": "scan", "radius_m": 2000.0, "each": False}),
    ("repeat addresses", {"method": "repeats"}),
    ("groups, 500 m", {"method": "groups", "radius_m": 500.0}),
)

STREET: tuple[Asked, ...] = (
    *(
        (f"{label}, {days // 7} weeks", {"days": days, **how})
        for days in (364, 182)
        for label, how in (
            ("Gi* per household", {"method": "gi"}),
            ("Gi* per household, all", {"method": "gi", "each": False}),
            ("Gi*, tickets", {"method": "gi", "measure": "count"}),
            ("Gi*, tickets, all", {"method": "gi", "measure": "count", "each": False}),
            ("Gi*, tickets, ArcGIS", {"method": "gi", "measure": "count", "mode": "arcgis"}),
            ("emerging by week", {"method": "emerging"}),
            ("emerging by month", {"method": "emerging", "step": "month"}),
            ("emerging by week, stalls", {"method": "emerging", "classes": ("E04",)}),
            ("emerging by week, drains", {"method": "emerging", "classes": ("C05",)}),
            ("Poisson, 300 m", {"method": "scan", "scan": "poisson"}),
            ("space-time Poisson, 300 m", {"method": "scan", "scan": "space_time_poisson"}),
            ("permutation, 300 m", {"method": "scan"}),
            ("permutation, now", {"method": "scan", "prospective": True}),
            ("repeat addresses", {"method": "repeats"}),
            ("groups, 50 m", {"method": "groups", "radius_m": 50.0}),
        )
    ),
    ("Gi* per household, 4 weeks", {"days": 28, "method": "gi"}),
    ("Gi*, tickets, 4 weeks", {"days": 28, "method": "gi", "measure": "count"}),
    ("before and now, 6 weeks", {"days": 42, "method": "compare"}),
    *(
        (
            f"Gi*, tickets, stalls, {days // 7} weeks",
            {"days": days, "method": "gi", "measure": "count", "classes": ("E04",)},
        )
        for days in (28, 42, 91, 182, 364)
    ),
)


def questions(subject: Subject, asked: Iterable[Asked]) -> Iterator[tuple[str, Question]]:
    """Put the questions, about the last days of a period or all of it."""
    for label, how in asked:
        days = how.get("days", subject.stop - subject.start)
        rest = {name: value for name, value in how.items() if name != "days"}
        yield label, Question(start=subject.stop - days, stop=subject.stop, **rest)


# ------------------------------------------------------------------------------ what is printed


def tell(label: str, study: Study, seconds: float, planted: Iterable[dict[str, Any]] = ()) -> None:
    """Print an answer."""
    kinds = pd.Series([one.kind for one in study.spots], dtype=object).value_counts().to_dict()
    found = SHORTAGES[study.shortage] if study.shortage else kinds or "nothing"
    print(f"\n## {label} ({'seconds' if seconds > 1 else 'at once'}): {found}")
    print("  told", {key: value for key, value in study.told.items() if value not in (None, "")})
    if study.areas is not None and study.areas.level:
        level = np.array(study.areas.level)
        print("  areas", {one: int((level == one).sum()) for one in (3, 2, 1, -1, -2, -3)})
    for one in study.spots[:MOST_ROWS]:
        _print_spot(one)
    for name in ("from_top", "from_top_even", "closed", "reopened", "knox", "changes"):
        if name in study.more:
            print(f"  {name}", study.more[name])
    for put in planted:
        print("  planted", put["class_code"], put["from"], put["to"], "found in", _hits(study, put))


def _print_spot(one: Any) -> None:
    days = f"{date.fromordinal(one.first_day)}..{date.fromordinal(one.last_day)}"
    risk = "-" if one.relative_risk is None else f"{one.relative_risk:.2f}"
    expected = "-" if one.expected is None else f"{one.expected:.1f}"
    sure = " ".join("-" if value is None else f"{value:.2g}" for value in (one.p, one.q))
    print(
        f"  {one.number} {one.kind} {one.class_code} ({one.lon:.4f}, {one.lat:.4f}) "
        f"r {one.radius_m:.0f} m, {len(one.keys)} areas, {days}: {one.observed} / {expected}, "
        f"{risk}, p q {sure}, every {one.recurrence_days or '-'} d, "
        f"top {[place.calls for place in one.addresses[:3]]}, {one.grids[:2]}"
    )


def _hits(study: Study, planted: dict[str, Any]) -> list[str]:
    """Return the spots that reach a planted one in place and time, of its class or of all."""
    first, last = (date.fromisoformat(planted[end]).toordinal() for end in ("from", "to"))
    north = (np.array([one.lat for one in study.spots]) - planted["lat"]) * 110_574
    east = (np.array([one.lon for one in study.spots]) - planted["lon"]) * 111_320
    away_m = np.hypot(north, east * np.cos(np.radians(planted["lat"])))
    return [
        f"{one.number} {one.kind} {one.class_code} {one.observed}"
        for one, gap_m in zip(study.spots, away_m.tolist(), strict=True)
        if gap_m <= planted["radius_m"] + one.radius_m
        and one.class_code in {"", planted["class_code"]}
        and one.first_day <= last
        and one.last_day >= first
    ]


def ask(subject: Subject, asked: Iterable[Asked]) -> None:
    """Answer and print."""
    for label, question in questions(subject, asked):
        begun = time.monotonic()
        try:
            study = answer(subject.cases, question)
        except WanggeError as error:
            print(f"\n## {label}: {words.explain(error)}")
            continue
        tell(label, study, time.monotonic() - begun, subject.planted)


# ---------------------------------------------------------------------------- a sceptic's checks


def doubt_memphis(subject: Subject) -> None:
    """Print what of the data may make spots by itself, and what stands if places are blurred."""
    cases = subject.cases
    where = cases.tickets[["lon", "lat"]]
    homes = cases.households[cases.nearest]
    month = pd.to_datetime(cases.tickets["reported_us"], unit="us").dt.month
    print("robberies", len(where), "at", len(where.drop_duplicates()), "places; by month")
    print(" ", month.value_counts(sort=False).sort_index().tolist())
    print("people", int(cases.households.sum()), "nearest block empty:", int((homes == 0).sum()))
    few = cases.households < FEW
    print(f"nearest block under {FEW} people:", int((homes < FEW).sum()))
    print("    where", int(cases.households[few].sum()), "people live; outside the precincts")
    print("   ", int(cases.households[cases.buildings["grid"] < 0].sum()))
    for unit in ("s500", "s1000"):
        areas = areas_of(cases, unit)
        empty = areas.count()[areas.households == 0].sum()
        print(unit, len(areas), "areas;", int((areas.households == 0).sum()), "without people hold")
        print("   ", int(empty), "robberies; outside", int((areas.of_ticket < 0).sum()))
    for label, question in questions(subject, [MEMPHIS[at] for at in (0, 1, 2, 5, 6)]):
        _print_blurred(cases, label, question)

    _print_halves(subject)
    _print_shares(cases)
    _print_near(cases)
    _print_callers(cases)


def _print_halves(subject: Subject) -> None:
    """Print what the spots of the first half of the year have in the second: chosen are high."""
    cases, middle = subject.cases, date(2019, 7, 1).toordinal()
    how: dict[str, Any] = {"method": "gi", "unit": "s500", "measure": "rate"}
    first = Question(start=subject.start, stop=middle, **how)
    laid = areas_for(cases, first)
    place = {key: at for at, key in enumerate(laid.keys)}
    later = laid.of_ticket[cases.tickets["day"].to_numpy() >= middle]
    values = np.bincount(later[later >= 0], minlength=len(laid)).astype(float)
    usual = expected_cases(values, laid.households)
    for one in answer(cases, first).spots:
        looked = looked_at(laid, np.array([place[key] for key in one.keys]))
        observed, expected = float(values[looked].sum()), float(usual[looked].sum())
        then = relative_risk(observed, float(values.sum()), expected)
        print(
            f"first half {one.kind} ({one.lon:.4f}, {one.lat:.4f}) {one.observed} / "
            f"{one.expected:.1f}, {one.relative_risk:.2f}; second half {observed:.0f} / "
            f"{expected:.1f}, {then:.2f}"
        )


def _print_shares(cases: Cases) -> None:
    """Scan groups of blocks instead of blocks, up to half and up to a tenth of the people."""
    of_block, names = pd.factorize(cases.buildings["compound"].str[:GROUP_DIGITS])
    people = np.bincount(of_block, cases.households)
    robbed = np.bincount(of_block[cases.nearest], minlength=len(names))
    weight = np.maximum(cases.households, 1e-9)
    total = np.bincount(of_block, weight)
    sums = [np.bincount(of_block, weight * along) / total for along in cases.homes_xy.T]
    lived = people > 0
    print(
        "groups of blocks", int(lived.sum()), "robberies where nobody lives", robbed[~lived].sum()
    )
    xy = np.column_stack(sums)[lived]
    for share in (0.5, 0.1):
        found = scan.poisson(robbed[lived], people[lived], xy, max_share=share)
        print(f"Poisson, groups of blocks, up to {share:.0%} of the people")
        for one in found.clusters:
            if one.p <= SURE:
                held = int(people[lived][one.members].sum())
                print(
                    f"  {one.cases} / {one.expected:.1f}, {one.relative_risk:.2f}, p {one.p:.2g}, "
                    f"r {one.radius_m:.0f} m, {len(one.members)} groups, {held} people"
                )


def _print_near(cases: Cases) -> None:
    """Print the table of near repeats, in bands wider than the rounding."""
    day = cases.tickets["reported_us"].to_numpy() / DAY_US
    found = repeats.knox_table(cases.xy, day, metres=(150.0, 300.0, 500.0, 1000.0))
    for row, metres in enumerate(found.metres):
        pairs, ratio, p = (part[row].tolist() for part in (found.pairs, found.ratio, found.p))
        print(f"near, up to {metres:g} m:", pairs, np.round(ratio, 2).tolist(), np.round(p, 3))


def _print_callers(cases: Cases) -> None:
    """Print how many people live in the blocks that are told, and which stay if blurred."""
    first = _callers(cases)
    times = sum(_callers(one).astype(int) for one in _blurred(cases))
    stay = int((first & (times >= OFTEN * JITTERS)).sum())
    people = np.sort(cases.households[first]).astype(int).tolist()
    print(f"repeat blocks {int(first.sum())}, {stay} stay if blurred; people {people}")


def _callers(cases: Cases) -> npt.NDArray[np.bool_]:
    bare = replace(cases, tickets=cases.tickets.assign(building=-1))
    calls = np.bincount(bare.nearest, minlength=len(cases.buildings))
    found = repeats.exceedance(calls, cases.households * 12.0)
    return found.flagged & (found.q <= SURE)


def _blurred(cases: Cases) -> Iterator[Cases]:
    """Move each robbery anywhere within its rounding, several times."""
    rng = np.random.default_rng(1)
    for _time in range(JITTERS):
        by = rng.uniform(-ROUNDED_DEG / 2, ROUNDED_DEG / 2, (len(cases.tickets), 2))
        lon, lat = (cases.tickets[name] + by[:, at] for at, name in enumerate(("lon", "lat")))
        yield replace(cases, tickets=cases.tickets.assign(lon=lon, lat=lat))


def _print_blurred(cases: Cases, label: str, question: Question) -> None:
    """Print which areas stay hot if places are blurred."""
    first = _hot(answer(cases, question))
    times = sum(_hot(answer(one, question)).astype(int) for one in _blurred(cases))
    often = times >= OFTEN * JITTERS
    print(f"blurred, {label}: of {int(first.sum())} hot areas {int((first & often).sum())} stay,")
    print(f"    {int((~first & often).sum())} come in")


def _hot(study: Study) -> npt.NDArray[np.bool_]:
    return np.array(study.areas.level if study.areas else ()) >= SURE_LEVEL


def doubt_nyc(subject: Subject) -> None:
    """Print how the rows of the export are spread."""
    kept = subject.cases.tickets
    print("rows", len(kept), "without a place", len(subject.cases.unplaced))
    sizes = kept["class_code"].value_counts()
    print("classes", len(sizes), sizes.head(8).to_dict())
    days, rows = np.unique(kept["day"], return_counts=True)
    most = np.argsort(-rows)[:4]
    busy = {f"{date.fromordinal(int(days[at]))}": int(rows[at]) for at in most}
    print("days with rows", len(days), busy)
    for _label, question in questions(subject, NYC[:1]):
        for one in answer(subject.cases, question).spots:
            east = (kept["lon"] - one.lon) * 111_320 * np.cos(np.radians(one.lat))
            away_m = np.hypot(east, (kept["lat"] - one.lat) * 110_574)
            reach_m = one.radius_m + 1500.0  # the squares around, which were tested with it
            near = kept[(away_m <= reach_m) & (kept["class_code"] == one.class_code)]
            places = len(near[["lon", "lat"]].drop_duplicates())
            print("  around", one.class_code, len(near), "at", places, "places on")
            print("   ", [str(date.fromordinal(day)) for day in sorted(near["day"].tolist())])


def doubt_places(subject: Subject) -> None:
    """Print how unlikely the strongest cylinder is, though it is not told."""
    cases = subject.cases
    places, at = np.unique(np.round(cases.xy), axis=0, return_inverse=True)
    week = WEEKS - 1 - (subject.stop - 1 - cases.tickets["day"].to_numpy()) // 7
    whole = week >= 0
    most: dict[str, Any] = {"max_radius_m": 1000.0, "max_steps": 13, "simulations": 99}
    found = scan.space_time_permutation(at.ravel()[whole], week[whole], places, WEEKS, **most)
    for one in found.clusters[:1]:
        print(f"strongest, 1 km: {one.cases} / {one.expected:.2f}, p {one.p:.2f}")


def doubt_street(subject: Subject) -> None:
    """Print what there is, and what was planted."""
    cases = subject.cases
    print("tickets", len(cases.tickets), "buildings", len(cases.buildings), "grids")
    print(len(cases.grids), "repeats", int(cases.tickets["repeat"].sum()))
    nobody = cases.households[cases.tickets["building"]] == 0
    stalls = (cases.tickets["class_code"] == "E04").to_numpy()
    middle = subject.stop - WEEKS // 2 * 7
    late = (cases.tickets["day"] >= middle).mean()
    print(f"stalls where nobody lives {nobody[stalls].mean():.0%}; in the last half {late:.0%}")
    for one in subject.planted:
        print("planted", {key: one[key] for key in one if key not in {"community", "story"}})


SUBJECTS: dict[str, tuple[Callable[[], Subject], Callable[[Subject], None], tuple[Asked, ...]]] = {
    "memphis": (memphis, doubt_memphis, MEMPHIS),
    "memphis_places": (memphis_places, doubt_places, MEMPHIS_PLACES),
    "nyc": (nyc, doubt_nyc, NYC),
    "street": (street, doubt_street, STREET),
}


def main(names: Iterable[str]) -> None:
    """Print what is said of the named subjects."""
    for name in names:
        made, doubt, asked = SUBJECTS[name]
        subject = made()
        print(f"\n# {name}")
        doubt(subject)
        ask(subject, asked)


if __name__ == "__main__":
    main(sys.argv[1:] or list(SUBJECTS))

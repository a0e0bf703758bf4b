"""The demo as frames: same seed, same bytes; plausible people; hotspots that can be found."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from etl.demo import DEFAULT_AS_OF, DEFAULT_SEED, boundaries, calibration, city, draft, world
from etl.demo.load import buildings_wanted
from geo import crs
from geo.errors import InputError
from geo.settings import PROJECT_DIR
from geo.store.tables import metadata

Frames = dict[str, pd.DataFrame]
Truth = list[dict[str, Any]]


@pytest.fixture(scope="module")
def made() -> tuple[Frames, Truth]:
    return world.make(DEFAULT_SEED, DEFAULT_AS_OF)


@pytest.fixture(scope="module")
def frames(made: tuple[Frames, Truth]) -> Frames:
    return made[0]


def test_the_same_seed_makes_the_same_bytes(frames: Frames) -> None:
    again, _ = world.make(DEFAULT_SEED, DEFAULT_AS_OF)
    assert draft.fingerprint(again) == draft.fingerprint(frames)


def test_another_seed_changes_people_but_not_the_ground(frames: Frames) -> None:
    other, _ = world.make(DEFAULT_SEED + 1, DEFAULT_AS_OF)
    for table in ("division", "ground", "building", "unit", "household", "grid"):
        assert draft.fingerprint({table: other[table]}) == draft.fingerprint({table: frames[table]})
    for table in ("resident", "ticket", "visit"):
        assert draft.fingerprint({table: other[table]}) != draft.fingerprint({table: frames[table]})


def test_the_fingerprint_sees_a_single_changed_value(frames: Frames) -> None:
    before = draft.fingerprint({"unit": frames["unit"]})
    changed = frames["unit"].copy()
    changed.loc[7, "number"] = "99"
    assert draft.fingerprint({"unit": changed}) != before


@pytest.mark.parametrize("size", [800])
def test_a_city_is_deterministic_too(size: int) -> None:
    one = city.make(size, 3, DEFAULT_AS_OF)
    assert draft.fingerprint(one) == draft.fingerprint(city.make(size, 3, DEFAULT_AS_OF))
    assert draft.fingerprint(one) != draft.fingerprint(city.make(size, 4, DEFAULT_AS_OF))


def _foreign_keys(frames: Frames) -> list[tuple[str, str, str]]:
    return [
        (table.name, key.parent.name, key.column.table.name)
        for table in metadata.sorted_tables
        for key in table.foreign_keys
        if table.name in frames
        and key.parent.name in frames[table.name]
        and key.column.name == "id"
    ]


@pytest.mark.parametrize("which", ["demo", "city"])
def test_every_reference_has_its_row(frames: Frames, which: str) -> None:
    chosen = frames if which == "demo" else city.make(800, 1, DEFAULT_AS_OF)
    keys = _foreign_keys(chosen)
    assert len(keys) > 20
    for table, column, target in keys:
        used = chosen[table][column].dropna()
        assert used.isin(chosen[target]["id"]).all(), (table, column)


def test_names_of_people_are_plainly_synthetic(frames: Frames) -> None:
    patterns = {
        "resident": r"居民\d{6}",
        "party_member": r"居民\d{6}|报到党员\d{3}",
        "staff": r"(网格员|民警|志愿者|楼栋长)\d{2,3}",
    }
    for table, pattern in patterns.items():
        wrong = [n for n in frames[table]["name"] if not re.fullmatch(pattern, n)]
        assert not wrong, (table, wrong[:3])
        assert "phone" not in frames[table]


def _of_community(frames: Frames, table: str) -> pd.Series:
    home = frames["household"].set_index("id")["building_id"]
    community = frames["building"].set_index("id")["community_id"]
    return frames[table]["household_id"].map(home).map(community)


def test_the_old_quarters_are_older(frames: Frames) -> None:
    people = frames["resident"]
    born = pd.to_datetime(people["birth_date"])
    old = born <= pd.Timestamp(DEFAULT_AS_OF.date()) - pd.DateOffset(years=60)
    here = ~people["floating"]
    share = old[here].groupby(_of_community(frames, "resident")[here]).mean()
    codes = frames["division"].set_index("id")["code"].to_dict()
    share.index = share.index.map(codes)
    assert share.between(0.16, 0.32).all(), share
    assert share[calibration.XINANGUAN] > share[calibration.XINYAZHOU] + 0.03


def test_care_is_for_people_of_sixty(frames: Frames) -> None:
    people = frames["resident"]
    young = pd.to_datetime(people["birth_date"]) > pd.Timestamp("1966-11-20")
    assert people.loc[young, "care_class"].isna().all()
    assert people.loc[young, "living"].isna().all()
    assert people.loc[~young, "living"].notna().all()
    assert set(people["care_class"].dropna()) == {"high_risk", "key", "general"}


def test_who_lives_alone_lives_alone(frames: Frames) -> None:
    people = frames["resident"]
    size = people.groupby("household_id")["id"].transform("size")
    assert (size[people["living"] == "alone"] == 1).all()
    assert (size[people["living"] == "empty_nest"] >= 2).all()


def test_nobody_lives_in_a_vacant_dwelling(frames: Frames) -> None:
    state = frames["household"].set_index("id")["state"]
    assert not (frames["resident"]["household_id"].map(state) == "vacant").any()


def test_ticket_histories_lead_to_their_states(frames: Frames) -> None:
    tickets, events = frames["ticket"].set_index("id"), frames["ticket_event"]
    actions = events.groupby("ticket_id")["action"].agg(set)
    for state, action in {
        "closed": "closed",
        "returned": "returned",
        "unfounded": "unfounded",
        "duplicate": "duplicate",
    }.items():
        has = actions.map(lambda found, action=action: action in found)
        assert (has == (tickets["state"] == state)).all(), state
    assert actions.map(lambda found: "received" in found).all()
    first = events.groupby("ticket_id")["at"].min()
    assert (first == tickets["reported_at"]).all()
    assert (events["at"] <= pd.Timestamp(DEFAULT_AS_OF)).all()


def test_tickets_keep_to_twelve_months_and_to_their_community(frames: Frames) -> None:
    tickets = frames["ticket"]
    end = pd.Timestamp(DEFAULT_AS_OF)
    assert tickets["reported_at"].max() == end
    assert tickets["reported_at"].min() > end - timedelta(days=365)
    assert tickets.groupby("community_id")["reported_at"].max().eq(end).all()
    shapes = frames["division"].set_index("id")["geom"]
    for community, points in tickets.groupby("community_id")["geom"]:
        assert shapely.contains(shapes[community], points.to_numpy()).all()


def test_most_tickets_are_in_time_and_some_come_from_the_same_address(frames: Frames) -> None:
    tickets = frames["ticket"]
    closed = tickets[tickets["state"] == "closed"]
    in_time = (closed["closed_at"] <= closed["due_at"]).mean()
    assert 0.945 < in_time < 0.98
    assert 0.17 < tickets["repeat_of_id"].notna().mean() < 0.2
    first = tickets.set_index("id")["repeat_of_id"]
    assert first[tickets["repeat_of_id"].dropna()].isna().all()
    still = tickets["state"].isin(["pending", "active"])
    assert 0.003 < still.mean() < 0.05
    assert (tickets.loc[still, "due_at"] < pd.Timestamp(DEFAULT_AS_OF)).any()


def test_the_day_has_two_peaks_and_the_week_a_rest(frames: Frames) -> None:
    local = frames["ticket"]["reported_at"].dt.tz_convert("Asia/Shanghai")
    hours = np.bincount(local.dt.hour, minlength=24)
    assert hours[9] > 1.3 * hours[12] < hours[16]
    assert hours[3] < hours[9] / 20
    days = np.bincount(local.dt.day_of_week, minlength=7)
    assert days[6] < 0.8 * days[0]


def _inside(frames: Frames, spot: dict[str, Any]) -> int:
    """Count tickets of the hotspot's class in its disc and days."""
    codes = frames["division"].set_index("id")["code"]
    tickets = frames["ticket"]
    day = tickets["reported_at"].dt.tz_convert("Asia/Shanghai").dt.strftime("%Y-%m-%d")
    chosen = (
        (tickets["community_id"].map(codes) == spot["community"])
        & (tickets["class_code"] == spot["class_code"])
        & day.between(spot["from"], spot["to"])
    )
    plane = crs.metric_crs(spot["lon"], spot["lat"])
    centre = crs.to_metric(np.array([shapely.Point(spot["lon"], spot["lat"])]), plane)[0]
    points = crs.to_metric(tickets.loc[chosen, "geom"].to_numpy(), plane)
    return int((shapely.distance(points, centre) <= spot["radius_m"]).sum())


def test_three_hotspots_a_community_are_really_hot(made: tuple[Frames, Truth]) -> None:
    frames, truth = made
    per_community = pd.Series([spot["community"] for spot in truth]).value_counts()
    assert per_community.to_dict() == dict.fromkeys(calibration.COMMUNITIES, 3)
    for spot in truth:
        inside = _inside(frames, spot)
        assert inside >= spot["planted"]
        assert inside > 6 * spot["expected"], spot


def test_the_truth_file_is_what_the_generator_makes(made: tuple[Frames, Truth]) -> None:
    kept = json.loads((PROJECT_DIR / boundaries.TRUTH).read_text(encoding="utf-8"))
    assert kept == json.loads(world.truth_text(made[1], DEFAULT_SEED, DEFAULT_AS_OF))


def test_a_city_tiles_its_communities() -> None:
    frames = city.make(800, 1, DEFAULT_AS_OF)
    buildings = frames["building"]
    assert len(buildings) == 800
    assert len(frames["household"].query("state != 'shop'")) == 8_000
    assert len(frames["resident"]) == 24_000
    assert len(frames["ticket"]) == 8_000
    assert len(frames["grid"]) == 24
    shapes = frames["division"].query("kind == 'community'").set_index("id")["geom"]
    for community, cells in buildings.groupby("community_id")["cell"]:
        assert shapely.coverage_is_valid(cells.to_numpy())
        apart = shapely.symmetric_difference(shapely.union_all(cells), shapes[community])
        assert apart.area < 1e-14
    assert shapely.covers(buildings["cell"].to_numpy(), buildings["geom"].to_numpy()).all()
    inside = shapely.coverage_union_all(buildings["cell"].to_numpy()[:400])
    grids = shapely.union_all(frames["grid"]["geom"].to_numpy()[:12])
    assert shapely.symmetric_difference(inside, grids).area < 1e-14


def test_scale_says_what_it_takes() -> None:
    assert buildings_wanted("city") == 100_000
    assert buildings_wanted(5_000) == 5_000
    for text in ("town", "-5", "12", "1e5"):
        with pytest.raises(InputError, match="--scale"):
            buildings_wanted(text)
